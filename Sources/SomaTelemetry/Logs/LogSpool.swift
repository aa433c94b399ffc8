import Dispatch
import Glibc
import SomaLoop
import Synchronization

/// Lines on their way to a descriptor, written by a thread of their own: whoever logs never waits for whoever reads.
///
/// Between them is room for `bytesMax`. Once it is full, lines are dropped until the reader takes some again; in their
/// place stands how many there were. Lines that can't be written (a full disk, a reader that is gone) count as dropped
/// too.
final class LogSpool: Sendable {
    /// Enough for some thousand lines, and little beside what the process needs anyhow. What the thread is just writing
    /// comes on top, once.
    static let bytesMax = 1 << 20

    private struct State {
        var lines: [String] = []
        var bytes = 0
        /// Lines for which there was no room, since `lines` were last taken.
        var dropped = 0
        /// Whether the thread has lines that it is writing.
        var isWriting = false
        var hasThread = false
        var isClosed = false
        /// Those who wait until everything is written.
        var waiting: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())
    private let lost = Atomic<Int>(0)
    private let descriptor: Int32
    private let notice: @Sendable (Int) -> String
    /// Rung for the thread.
    private let bell = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - descriptor: Stays the caller's, who may close it before the last line is written.
    ///   - notice: The line that stands in place of so many others.
    init(_ descriptor: Int32, notice: @escaping @Sendable (Int) -> String) {
        self.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        self.notice = notice
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// How many lines were dropped since the beginning.
    var dropped: Int { lost.load(ordering: .relaxed) }

    /// Puts a line behind the others; never waits for the reader.
    func add(_ line: String) {
        let size = line.utf8.count
        let (isFirst, needsThread) = state.withLock { state in
            // After one that was dropped all are, until its place is marked.
            guard state.dropped == 0, state.bytes + size <= Self.bytesMax else {
                state.dropped += 1
                lost.add(1, ordering: .relaxed)
                return (false, !state.hasThread)
            }
            state.lines.append(line)
            state.bytes += size
            return (state.lines.count == 1, !state.hasThread)
        }
        if needsThread { begin() }
        if isFirst { bell.signal() }
    }

    /// Waits until everything that was added is written.
    ///
    /// Blocks the calling thread: for the end of a process.
    ///
    /// - Parameter limit: How long it waits at most; the reader may have stopped.
    /// - Returns: Whether it is written.
    @discardableResult
    func flush(within limit: Duration) -> Bool {
        let written = DispatchSemaphore(value: 0)
        let isEmpty = state.withLock { state in
            if state.lines.isEmpty, state.dropped == 0, !state.isWriting { return true }
            state.waiting.append(written)
            return false
        }
        guard !isEmpty else { return true }
        bell.signal()
        return written.wait(timeout: .now() + limit / .seconds(1)) == .success
    }

    /// No further line comes: the thread ends once everything is written.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.signal()
    }

    // MARK: The thread

    /// Starts the thread. Where the machine has none left, the next line tries again; the lines wait.
    private func begin() {
        let isOurs = state.withLock { state in
            defer { state.hasThread = true }
            return !state.hasThread
        }
        guard isOurs else { return }
        let isStarted = LoopThread.start(named: "soma-log") { [self] in
            var writer = LogWriter(descriptor: descriptor)
            while write(with: &writer) { bell.wait() }
        }
        if !isStarted { state.withLock { $0.hasThread = false } }
    }

    /// Writes what is there.
    /// - Returns: Whether more may come.
    private func write(with writer: inout LogWriter) -> Bool {
        while true {
            let (lines, dropped, isClosed) = state.withLock { state in
                defer { (state.lines, state.bytes, state.dropped) = ([], 0, 0) }
                state.isWriting = !state.lines.isEmpty || state.dropped > 0
                if !state.isWriting {
                    for waiting in state.waiting { waiting.signal() }
                    state.waiting = []
                }
                return (state.lines, state.dropped, state.isClosed)
            }
            if lines.isEmpty, dropped == 0 { return !isClosed }
            for line in lines where !writer.write(line, notice) { lost.add(1, ordering: .relaxed) }
            writer.drop(dropped, notice)
        }
    }
}
