private import CNcurses
private import Glibc

/// Reads keys and signals on a thread of its own until it is told to stop or both have ended.
struct InputReader: Sendable {
    /// What was read.
    enum News: Sendable {
        case output(KeyDecoder.Output)
        case signal(Int32)
    }

    let input: Int32
    let signals: Int32
    /// Gets each piece of news; false ends the thread.
    let deliver: @Sendable (News) -> Bool
    /// Whether keys are read now; asked again after a `lookAgain` among the signals.
    let listens: @Sendable () -> Bool
    /// Called last, when the signals are back to what they were.
    let ended: @Sendable () -> Void

    /// No signal's number: makes the thread ask `listens` again.
    static let lookAgain: UInt8 = 255

    /// Starts the thread.
    func start() {
        let work = Unmanaged.passRetained(Work(self))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().reader.run()
                return nil
            },
            work.toOpaque()
        )
        if failed == 0 { pthread_detach(thread) } else { work.release() }
    }

    private final class Work: Sendable {
        let reader: InputReader
        init(_ reader: InputReader) { self.reader = reader }
    }

    private func run() {
        var decoder = KeyDecoder()
        var isInputOpen = true
        var buffer = [UInt8](repeating: 0, count: 4096)
        defer {
            soma_signals_close()
            ended()
        }
        while true {
            var waits = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
            if isInputOpen, listens() { waits.append(pollfd(fd: input, events: Int16(POLLIN), revents: 0)) }
            let patience = decoder.isPending ? Int32(KeyDecoder.escapeDelayMilliseconds) : -1
            let ready = poll(&waits, nfds_t(waits.count), patience)
            if ready < 0 {
                guard errno == EINTR else { return }
                continue
            }
            if ready == 0 {
                for event in decoder.timeout() where !deliver(.output(.event(event))) { return }
                continue
            }
            if waits[0].revents != 0 {
                let count = read(signals, &buffer, buffer.count)
                for byte in buffer.prefix(max(0, count)) where byte != InputReader.lookAgain {
                    guard byte != 0, deliver(.signal(Int32(byte))) else { return }
                }
            }
            guard waits.count > 1, waits[1].revents != 0, listens() else { continue }
            let count = read(input, &buffer, buffer.count)
            if count > 0 {
                for output in decoder.feedAll(buffer.prefix(count)) where !deliver(.output(output)) { return }
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                isInputOpen = false
                guard deliver(.output(.event(.inputClosed))) else { return }
            }
        }
    }
}
