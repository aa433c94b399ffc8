import Synchronization

/// Commands that one caller waits for; the first answer counts.
final class RedisCall: Sendable {
    typealias Outcome = Result<[RedisValue], RedisError>

    private enum State {
        case unasked
        case waiting(CheckedContinuation<Outcome, Never>)
        case answered(Outcome)
        case done
    }

    let commands: [RedisCommand]
    let deadline: ContinuousClock.Instant
    private let state = Mutex(State.unasked)

    init(_ commands: [RedisCommand], deadline: ContinuousClock.Instant) {
        (self.commands, self.deadline) = (commands, deadline)
    }

    /// Whether nobody waits any more.
    var isOver: Bool {
        state.withLock {
            switch $0 {
            case .answered, .done: true
            case .unasked, .waiting: false
            }
        }
    }

    /// Calls `start`, then waits. A cancelled caller waits no longer; what it sent may be carried out all the same.
    func wait(start: () -> Void) async throws(RedisError) -> [RedisValue] {
        let outcome = await withTaskCancellationHandler {
            start()
            return await withCheckedContinuation { continuation in
                let early: Outcome? = state.withLock { state in
                    if case .answered(let outcome) = state {
                        state = .done
                        return outcome
                    }
                    state = .waiting(continuation)
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            finish(.failure(.cancelled))
        }
        return try outcome.get()
    }

    func finish(_ outcome: Outcome) {
        let waiting: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .unasked:
                state = .answered(outcome)
                return nil
            case .waiting(let continuation):
                state = .done
                return continuation
            case .answered, .done: return nil
            }
        }
        waiting?.resume(returning: outcome)
    }
}
