import Dispatch
import Glibc
import Synchronization
import Testing

@testable import SomaTerminal

/// A line between a program and its terminal that takes all it is given at once, as ssh and the kernel do, and
/// delivers it late and slowly.
private final class SlowLine: Sendable {
    struct Seen: Sendable {
        /// Most frames that were written and not yet shown.
        var onTheWayMax = 0
        var onTheWay = 0
        var frames: [String] = []
        var bytes: [UInt8] = []
    }

    private let far: Int32
    private let delayMilliseconds: Int
    private let bytesPerSecond: Int
    private let seen = Mutex(Seen())
    private let ends = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    /// A tenth of the times of a line of 300 ms and 5 kB a second.
    init(far: Int32, delayMilliseconds: Int = 30, bytesPerSecond: Int = 50_000) {
        self.far = far
        self.delayMilliseconds = delayMilliseconds
        self.bytesPerSecond = bytesPerSecond
        DispatchQueue(label: "slow line").async { self.run() }
    }

    var now: Seen { seen.withLock { $0 } }

    func end() {
        ends.store(true, ordering: .relaxed)
        hasEnded.wait()
    }

    private func run() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var line: [(due: Int, bytes: [UInt8])] = []
        var isFreeAt = 0
        var isFirstQuestion = true
        while !ends.load(ordering: .relaxed) {
            var wait = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
            if poll(&wait, 1, 1) > 0 {
                let count = read(far, &buffer, buffer.count)
                guard count > 0 else { break }
                // In packets, each of which takes its time.
                var rest = buffer.prefix(count)
                while !rest.isEmpty {
                    let packet = Array(rest.prefix(100))
                    rest = rest.dropFirst(100)
                    isFreeAt = max(isFreeAt, Self.milliseconds()) + packet.count * 1_000 / bytesPerSecond
                    line.append((isFreeAt + delayMilliseconds, packet))
                }
                // The first question has no frame before it.
                let frames = PseudoTerminal.questions(in: Array(buffer.prefix(count))).count
                seen.withLock {
                    $0.onTheWay += frames
                    if isFirstQuestion, frames > 0 { $0.onTheWay -= 1 }
                    $0.onTheWayMax = max($0.onTheWayMax, $0.onTheWay)
                }
                if frames > 0 { isFirstQuestion = false }
            }
            while let next = line.first, next.due <= Self.milliseconds() {
                line.removeFirst()
                show(next.bytes)
            }
        }
        hasEnded.signal()
    }

    private func show(_ bytes: [UInt8]) {
        let answers = seen.withLock { seen in
            let before = PseudoTerminal.questions(in: seen.bytes).count
            seen.bytes += bytes
            let answers = PseudoTerminal.questions(in: seen.bytes).count - before
            seen.onTheWay -= before == 0 ? max(0, answers - 1) : answers
            return answers
        }
        let answer = Array("\u{1B}[0n".utf8)
        for _ in 0..<answers { _ = write(far, answer, answer.count) }
    }

    static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}

extension NcursesScreenTests {
    @Test(
        "over a slow line one frame at most is on its way, stale ones are left out, and a key is in the next frame"
    )
    func slowLine() async throws {
        let size = Size(columns: 60, rows: 12)
        let terminal = try #require(PseudoTerminal(size: size))
        let screen = try await opened(["TERM": "xterm-256color", "LANG": "C.UTF-8"], terminal)
        let line = SlowLine(far: terminal.far)
        let end = SlowLine.milliseconds() + 1_500
        var events = screen.events.makeAsyncIterator()
        var frame = 0
        var typed = ""
        while SlowLine.milliseconds() < end {
            frame += 1
            if frame % 40 == 0 {
                terminal.type("k")
                guard await events.next() == .key(Key("k")) else { break }
                typed += "k"
            }
            var canvas = Canvas(size: size)
            for row in 0..<10 {
                canvas.draw("row \(row) of frame \(frame * 7_919 % 10_000)", column: 1, row: row)
            }
            canvas.draw("typed:" + typed, column: 1, row: 11)
            screen.present(canvas)
            usleep(2_000)
        }
        while !screen.isSettled { usleep(1_000) }
        let seen = line.now
        let shown = PseudoTerminal.questions(in: seen.bytes).count
        #expect(seen.onTheWayMax == 1)
        #expect(frame > 100 && shown < frame / 4, "\(shown) of \(frame) frames")
        // The newest is on the terminal, with everything that was typed.
        #if canImport(CTerminalEmulator)
        if Emulator.isAvailable {
            let emulator = try #require(Emulator(size: size))
            emulator.write(seen.bytes)
            let last = (0..<10).map { " row \($0) of frame \(frame * 7_919 % 10_000)" }
            #expect(emulator.text == last + ["", " typed:" + typed])
        }
        #endif
        line.end()
        screen.close()
    }
}
