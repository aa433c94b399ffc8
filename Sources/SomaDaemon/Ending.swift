import Dispatch
import Glibc
import ServiceLifecycle
import SomaEngine
import SomaLoop
import Synchronization

/// When the process was told to end, and how long it may still take.
final class Ending: Sendable {
    /// From the signal until the process has ended: 10 s less what writing the last lines of the log takes.
    static let limit: Duration = .milliseconds(9600)
    /// What is kept of it for letting others in, once calls under way have had their time.
    private static let reserve: Duration = .milliseconds(1600)

    private struct State {
        var deadline: ContinuousClock.Instant?
        var told: [@Sendable () -> Void] = []
        /// Ends what is done at the start, until that is over.
        var breakOff: (@Sendable () -> Void)?
        var hasStarted = false
        var isCutShort = false
        var failure: DaemonError?
    }

    private let state = Mutex(State())
    private let limit: Duration

    init(within limit: Duration = Ending.limit) { self.limit = limit }

    /// The process is to end. Counts from the first time.
    func begin() {
        let (told, breakOff) = state.withLock { state in
            guard state.deadline == nil else {
                return ([@Sendable () -> Void](), (@Sendable () -> Void)?.none)
            }
            state.deadline = .now + limit
            defer { state.told = [] }
            return (state.told, state.breakOff)
        }
        for body in told { body() }
        breakOff?()
    }

    /// Whether it is to end.
    var hasBegun: Bool { state.withLock { $0.deadline != nil } }

    /// How long it may still take; all of the time before it is told.
    var left: Duration {
        state.withLock { $0.deadline.map { max(.zero, $0 - .now) } ?? limit }
    }

    /// How long calls under way may take to end.
    var grace: Duration { max(.zero, min(Daemon.drainGrace, left - Self.reserve)) }

    /// How long calls may take in all, those included that are ended: what is left serves to tell others.
    var callsLimit: Duration { max(.zero, left - Self.reserve / 2) }

    /// Why the process ends, where nobody told it to.
    var failure: DaemonError? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    /// Calls `body` once, as soon as the process is to end.
    func whenBegun(_ body: @escaping @Sendable () -> Void) {
        let hasBegun = state.withLock { state in
            if state.deadline == nil { state.told.append(body) }
            return state.deadline != nil
        }
        if hasBegun { body() }
    }

    /// Waits until the process is to end, or the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        whenBegun { continuation.finish() }
        for await _ in stream {}
    }

    // MARK: Doing

    /// Does all that a process does, and no longer than it may: what still isn't over then is left behind.
    ///
    /// Until ``started()`` the work is cancelled when the process is to end; after that it sees to its end itself. A
    /// caller that is cancelled wants the process to end.
    ///
    /// - Returns: `nil` where it was left behind.
    func bound<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value? {
        let value = Mutex<Value?>(nil)
        let over = LoopEnd()
        let task = Task {
            let outcome = await work()
            value.withLock { $0 = outcome }
            over.announce()
        }
        // The work may have come through its start by now.
        state.withLock { state in
            if !state.hasStarted { state.breakOff = { task.cancel() } }
        }
        if hasBrokenOff { task.cancel() }
        let timer = Task.detached {
            await self.wait()
            try? await Task.sleep(for: self.left)
            over.announce()
        }
        await withTaskCancellationHandler {
            await over.wait()
        } onCancel: {
            begin()
        }
        timer.cancel()
        return value.withLock { value in
            if value == nil { state.withLock { $0.isCutShort = true } }
            return value
        }
    }

    /// Waits for what is done at the end, and no longer than `limit`, or than there is time: then it is left behind.
    func wait(atMost limit: Duration, for work: @escaping @Sendable () async -> Void) async {
        guard await !TimeLimit.wait(atMost: min(limit, left), for: work) else { return }
        state.withLock { $0.isCutShort = true }
    }

    /// The start is over.
    func started() { state.withLock { ($0.breakOff, $0.hasStarted) = (nil, true) } }

    /// Whether the process was to end before its start was over.
    var hasBrokenOff: Bool { state.withLock { $0.deadline != nil && $0.breakOff != nil } }

    /// Whether something was left behind, which still goes on.
    var isCutShort: Bool { state.withLock(\.isCutShort) }
}

/// Ends the services with the process.
struct EndingService: Service {
    let ending: Ending
    /// Whether the process ends with the services, whatever their reason.
    var isLast = false

    func run() async throws {
        await cancelWhenGracefulShutdown { await ending.wait() }
        if isLast { ending.begin() }
    }
}

/// SIGTERM and SIGINT, which tell a process to end.
final class EndSignals: Sendable {
    /// Keeps the sources alive. `@unchecked Sendable`: Dispatch documents `cancel` as callable from any thread, and
    /// nothing else is called after `resume`.
    private struct Sources: @unchecked Sendable {
        let all: [any DispatchSourceSignal]
    }

    private let sources: Sources

    /// From now on they begin the end, and no longer end the process at once.
    init(_ ending: Ending) {
        sources = Sources(
            all: [SIGTERM, SIGINT].map { number in
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { ending.begin() }
                source.resume()
                return source
            }
        )
    }

    deinit { for source in sources.all { source.cancel() } }
}
