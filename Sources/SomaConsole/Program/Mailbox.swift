import Synchronization

/// Messages on their way to the console's loop: many senders, one reader that takes all there is at once.
///
/// Keys are never held up. A source that is faster than the loop waits in `put`, so nothing is dropped and memory
/// stays bounded. While the reader rests, because its next frame is not due, quiet messages don't wake it: the first
/// one waits for it, and what a source has after that gathers there.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var sourceCount = 0
        var isClosed = false
        var rests = false
        var reader: CheckedContinuation<Void, Never>?
        var writers: [CheckedContinuation<Void, Never>] = []

        mutating func takeReader() -> CheckedContinuation<Void, Never>? {
            defer { reader = nil }
            return reader
        }
    }

    private let state = Mutex(State())
    private let sourceMax: Int

    /// - Parameter sourceMax: How many messages of sources wait at most while the reader is at work.
    init(sourceMax: Int = 1_024) { self.sourceMax = sourceMax }

    /// Adds a message that can't wait.
    func post(_ message: Message) {
        let reader = state.withLock { state in
            state.messages.append(message)
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Adds a message of a source; returns when there is room for the next.
    /// - Parameter isQuiet: Whether a reader that rests may stay at rest.
    func put(_ message: Message, isQuiet: Bool = false) async {
        let (reader, isFull) = state.withLock { state in
            state.messages.append(message)
            state.sourceCount += 1
            let reader = isQuiet && state.rests ? nil : state.takeReader()
            return (reader, hasNoRoom(state))
        }
        reader?.resume()
        guard isFull else { return }
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                guard hasNoRoom(state), !state.isClosed else { return true }
                state.writers.append(continuation)
                return false
            }
            if isDue { continuation.resume() }
        }
    }

    private func hasNoRoom(_ state: State) -> Bool {
        // Whoever is waited for anyway need not be woken once for each message.
        state.sourceCount >= (state.rests && state.reader != nil ? 1 : sourceMax)
    }

    /// Takes everything that is there; waits where there is nothing. `nil` after `close()`.
    /// - Parameter rests: Whether quiet messages alone don't end the waiting. Something else must be about to.
    func take(rests: Bool = false) async -> [Message]? {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                guard state.messages.isEmpty, !state.isClosed else { return true }
                state.reader = continuation
                state.rests = rests
                return false
            }
            if isDue { continuation.resume() }
        }
        let (messages, writers, isClosed) = state.withLock { state in
            defer {
                state.rests = false
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
