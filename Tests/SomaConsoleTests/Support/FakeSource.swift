import SomaConsole
import SomaCore
import SomaTerminal
import Synchronization

/// A source that a test plays.
final class FakeSource: ConsoleSource {
    let news: AsyncStream<SourceNews>
    private let continuation: AsyncStream<SourceNews>.Continuation
    private let state = Mutex<(requests: [SourceRequest], isClosed: Bool)>(([], false))

    init() { (news, continuation) = AsyncStream.makeStream() }

    var requests: [SourceRequest] { state.withLock { $0.requests } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func tell(_ news: SourceNews) { continuation.yield(news) }
    func send(_ request: SourceRequest) { state.withLock { $0.requests.append(request) } }

    func close() {
        state.withLock { $0.isClosed = true }
        continuation.finish()
    }
}

/// A clock that a test moves, and the sleeps that wait for it.
final class ManualTime: Sendable {
    private struct State {
        var now = start + .seconds(840)
        var sleepers: [(until: Timestamp, continuation: CheckedContinuation<Void, Never>)] = []
        var lengths: [Duration] = []
    }

    private let state = Mutex(State())

    var timing: ConsoleProgram.Timing {
        ConsoleProgram.Timing(now: { self.state.withLock { $0.now } }) { await self.sleep($0) }
    }

    /// How long was asked to sleep, each time.
    var lengths: [Duration] { state.withLock { $0.lengths } }

    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now + duration
            let now = state.now
            defer { state.sleepers.removeAll { $0.until <= now } }
            return state.sleepers.filter { $0.until <= now }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Ends all sleeps, so that no task is left waiting.
    func wakeAll() { advance(by: .seconds(1_000_000)) }

    private func sleep(_ duration: Duration) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.lengths.append(duration)
                state.sleepers.append((state.now + duration, continuation))
            }
        }
    }
}

extension RecordingScreen {
    /// Whether a text comes into sight while time goes on.
    func shows(_ text: String, _ time: ManualTime) async -> Bool {
        await eventually {
            time.advance(by: FramePace.interval)
            return last?.text.contains(text) == true
        }
    }
}

/// Lets other tasks go on until something holds; gives up after a long time.
func eventually(_ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return condition()
}
