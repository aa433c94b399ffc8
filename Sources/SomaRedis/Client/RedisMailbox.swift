import Glibc
import Synchronization

/// What the loop is told, and the bell that wakes it.
final class RedisMailbox: Sendable {
    enum Message: Sendable {
        case call(RedisCall)
        case connected(Result<ConnectedRedis, RedisError>)
        case stop
    }

    private struct State {
        var messages: [Message] = []
        /// The bell; -1 once the loop has ended.
        var bell: Int32
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(bell: Int32) { state = Mutex(State(bell: bell)) }

    /// Queues a message; `false` when the loop has ended.
    @discardableResult
    func post(_ message: Message) -> Bool {
        state.withLock { state in
            guard state.bell >= 0 else { return false }
            // The first message rings; the others are taken along with it.
            if state.messages.isEmpty {
                var one: UInt64 = 1
                write(state.bell, &one, 8)
            }
            state.messages.append(message)
            return true
        }
    }

    func take() -> [Message] {
        state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// Ends the conversation, and gives what was still queued.
    func close() -> [Message] {
        let (messages, waiters) = state.withLock { state in
            Glibc.close(state.bell)
            defer { state = State(bell: -1) }
            return (state.messages, state.waiters)
        }
        for waiter in waiters { waiter.resume() }
        return messages
    }

    /// Whether nobody wants a connection any more.
    var isClosed: Bool { state.withLock { $0.bell < 0 } }

    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if state.bell >= 0 { state.waiters.append(continuation) }
                return state.bell < 0
            }
            if hasEnded { continuation.resume() }
        }
    }
}
