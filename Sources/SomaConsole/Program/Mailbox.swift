import Synchronization

/// Messages on their way to the console's loop: many senders, one reader that takes all there is at once.
///
/// Keys are never held up. A source that is faster than the loop waits in `put`, so nothing is dropped and memory
/// stays bounded.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var sourceCount = 0
        var isClosed = false
        var reader: CheckedContinuation<Void, Never>?
        var writers: [CheckedContinuation<Void, Never>] = []

        mutating func takeReader() -> CheckedContinuation<Void, Never>? {
            defer { reader = nil }
            return reader
        }
    }

    /// How many messages of sources wait at most.
    static var sourceMax: Int { 1_024 }

    private let state = Mutex(State())

    /// Adds a message that can't wait.
    func post(_ message: Message) {
        let reader = state.withLock { state in
            state.messages.append(message)
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Adds a message of a source; returns when there is room for the next.
    func put(_ message: Message) async {
        let (reader, isFull) = state.withLock { state in
            state.messages.append(message)
            state.sourceCount += 1
            return (state.takeReader(), state.sourceCount >= Self.sourceMax)
        }
        reader?.resume()
        guard isFull else { return }
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                guard state.sourceCount >= Self.sourceMax, !state.isClosed else { return true }
                state.writers.append(continuation)
                return false
            }
            if isDue { continuation.resume() }
        }
    }

    /// Takes everything that is there; waits where there is nothing. `nil` after `close()`.
    func take() async -> [Message]? {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                guard state.messages.isEmpty, !state.isClosed else { return true }
                state.reader = continuation
                return false
            }
            if isDue { continuation.resume() }
        }
        let (messages, writers, isClosed) = state.withLock { state in
            defer {
                state.messages = []
                state.sourceCount = 0
                state.writers = []
            }
            return (state.messages, state.writers, state.isClosed)
        }
        for writer in writers { writer.resume() }
        return messages.isEmpty && isClosed ? nil : messages
    }

    /// Ends all waiting.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.writers = [] }
            return (state.takeReader(), state.writers)
        }
        waiting.0?.resume()
        for writer in waiting.1 { writer.resume() }
    }
}
