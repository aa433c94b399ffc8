internal import Dispatch
private import Glibc
private import Synchronization

/// The newest canvas on its way to the terminal; decides when it is written, on a queue that may wait for the
/// terminal. `FrameFlow` has the rules.
final class FrameQueue: Sendable {
    /// Writes a canvas, with the question behind it where it should be answered. Calls its last argument with the
    /// number of bytes before it writes them, if there are any.
    typealias Write = @Sendable (Canvas, _ asks: Bool, _ willWrite: @Sendable (Int) -> Void) -> Void

    private struct State {
        var canvas: Canvas?
        var flow: FrameFlow
        var write: Write?
        /// The bytes of the frame that is being written.
        var bytes = 0
        var isScheduled = false
        var alarm: Int?
        var isEnding = false
        var isClosed = false

        /// Whether work must be scheduled for the canvas; says that it is.
        mutating func mustSchedule() -> Bool {
            guard canvas != nil, !isScheduled, !isEnding else { return false }
            isScheduled = true
            return true
        }
    }

    private enum Turn {
        case write(Canvas, asks: Bool, with: Write?)
        case alarm(milliseconds: Int)
        case rest
    }

    /// How long an answer is waited for before the terminal is given to somebody else, in milliseconds.
    private static let answerMilliseconds = 1_000

    private let state: Mutex<State>
    private let queue: DispatchQueue

    /// Makes an empty queue.
    /// - Parameters:
    ///   - queue: Where frames are written.
    ///   - asked: Whether the terminal was just asked for its first answer.
    init(on queue: DispatchQueue, asked: Bool) {
        self.queue = queue
        state = Mutex(State(flow: FrameFlow(asked: asked, at: FrameQueue.now())))
    }

    /// Says how frames are written; before the first is presented.
    func begin(_ write: @escaping Write) { state.withLock { $0.write = write } }

    /// Whether the terminal was given back.
    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// Whether nothing more is written.
    var isEnding: Bool { state.withLock { $0.isEnding } }
    /// Whether all that was presented is written, and all that was asked is answered.
    var isSettled: Bool {
        state.withLock { $0.canvas == nil && !$0.isScheduled && !$0.flow.awaitsAnswer(at: FrameQueue.now()) }
    }

    /// Takes a canvas in the place of one that still waits.
    func present(_ canvas: Canvas) {
        let mustSchedule = state.withLock { state in
            guard !state.isEnding else { return false }
            state.canvas = canvas
            return state.mustSchedule()
        }
        if mustSchedule { schedule() }
    }

    /// Says that the terminal answered.
    func answered() {
        let mustSchedule = state.withLock { state in
            state.flow.answered()
            return state.mustSchedule()
        }
        if mustSchedule { schedule() }
    }

    /// Says that no answers will come any more, or none to what was asked so far.
    func interrupted() { state.withLock { $0.flow.interrupted() } }

    /// Takes no more canvases; false where that was said before.
    func end() -> Bool {
        state.withLock { state in
            defer {
                state.isEnding = true
                state.canvas = nil
            }
            return !state.isEnding
        }
    }

    /// Waits, not for long, for what the terminal still has to answer, so that nobody else reads it.
    func awaitAnswers() {
        let limit = FrameQueue.now() + FrameQueue.answerMilliseconds
        while state.withLock({ $0.flow.awaitsAnswer(at: FrameQueue.now()) }), FrameQueue.now() < limit {
            usleep(1_000)
        }
    }

    /// Says that the terminal is given back.
    func close() { state.withLock { $0.isClosed = true } }

    private func schedule() { queue.async { [weak self] in self?.drain() } }

    private func drain() {
        while true {
            switch turn() {
            case .rest: return
            case .alarm(let milliseconds):
                queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
                    guard let self else { return }
                    let isDue = self.state.withLock { state in
                        state.alarm = nil
                        return state.mustSchedule()
                    }
                    if isDue { self.drain() }
                }
                return
            case .write(let canvas, let asks, let write):
                state.withLock { $0.bytes = 0 }
                write?(canvas, asks) { count in
                    state.withLock { state in
                        state.bytes = count
                        state.flow.writes(asks: asks)
                    }
                }
                state.withLock { $0.flow.wrote(bytes: $0.bytes, at: FrameQueue.now()) }
            }
        }
    }

    private func turn() -> Turn {
        state.withLock { state in
            guard let canvas = state.canvas else {
                state.isScheduled = false
                return .rest
            }
            switch state.flow.step(at: FrameQueue.now()) {
            case .write(let asks):
                state.canvas = nil
                return .write(canvas, asks: asks, with: state.write)
            case .wait(let until):
                state.isScheduled = false
                if let alarm = state.alarm, alarm <= until { return .rest }
                state.alarm = until
                return .alarm(milliseconds: max(1, until - FrameQueue.now()))
            }
        }
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
