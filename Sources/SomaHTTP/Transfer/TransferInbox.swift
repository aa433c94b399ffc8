import Synchronization

/// Where the curl thread leaves what arrives, and one task picks it up.
///
/// Holds at most ``HTTPLimits/bufferedBytes`` and one write of libcurl (16 KiB) more.
final class TransferInbox: Sendable {
    /// What became of bytes that were offered.
    enum Receipt {
        case accepted
        /// Nothing was taken; offer them again after a resume.
        case full
    }

    private struct State {
        var head: HTTPResponseHead?
        var buffer: [UInt8] = []
        var isPaused = false
        var end: Result<Void, any Error>?
        var headWaiter: CheckedContinuation<HTTPResponseHead, any Error>?
        var chunkWaiter: CheckedContinuation<[UInt8]?, any Error>?
    }

    private enum Reading {
        case ready(Result<[UInt8]?, any Error>, resumesTransfer: Bool)
        case waits
    }

    private let state = Mutex(State())
    private let bufferedBytesMax: Int

    init(bufferedBytesMax: Int = HTTPLimits.bufferedBytes) { self.bufferedBytesMax = bufferedBytesMax }

    // MARK: The curl thread's side

    func receive(head: HTTPResponseHead) {
        let waiter = state.withLock { state in
            state.head = head
            return state.headWaiter.take()
        }
        waiter?.resume(returning: head)
    }

    func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> Receipt {
        var waiter: CheckedContinuation<[UInt8]?, any Error>?
        var handedOver: [UInt8] = []
        let receipt = state.withLock { state in
            // After a cancellation nobody reads; the loop is about to remove the transfer.
            if state.end != nil { return Receipt.accepted }
            if let reader = state.chunkWaiter.take() {
                waiter = reader
                handedOver = Array(bytes)
                return Receipt.accepted
            }
            if state.buffer.count >= bufferedBytesMax {
                state.isPaused = true
                return Receipt.full
            }
            state.buffer.append(contentsOf: bytes)
            return Receipt.accepted
        }
        waiter?.resume(returning: handedOver)
        return receipt
    }

    /// Ends the transfer; the first end counts.
    func finish(_ result: Result<Void, any Error>) {
        let (headWaiter, chunkWaiter, end) = state.withLock { state in
            let end = state.end ?? result
            state.end = end
            return (state.headWaiter.take(), state.chunkWaiter.take(), end)
        }
        switch end {
        case .success:
            chunkWaiter?.resume(returning: nil)
            headWaiter?.resume(throwing: CancellationError())
        case .failure(let error):
            chunkWaiter?.resume(throwing: error)
            headWaiter?.resume(throwing: error)
        }
    }

    // MARK: The reader's side

    var hasEnded: Bool { state.withLock { $0.end != nil } }

    /// Ends the transfer for the reader and drops what waits.
    func cancel() {
        finish(.failure(CancellationError()))
        state.withLock { $0.buffer = [] }
    }

    func head() async throws -> HTTPResponseHead {
        try await withCheckedThrowingContinuation { continuation in
            let known: Result<HTTPResponseHead, any Error>? = state.withLock { state in
                if case .failure(let error) = state.end { return .failure(error) }
                if let head = state.head { return .success(head) }
                state.headWaiter = continuation
                return nil
            }
            if let known { continuation.resume(with: known) }
        }
    }

    /// All bytes that wait, or those that come next, or `nil` at the end.
    ///
    /// Calls `onRoom` when the transfer had been paused and should go on.
    func nextChunk(onRoom: () -> Void) async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let reading = state.withLock { state -> Reading in
                if !state.buffer.isEmpty {
                    let chunk = state.buffer
                    state.buffer = []
                    defer { state.isPaused = false }
                    return .ready(.success(chunk), resumesTransfer: state.isPaused)
                }
                if let end = state.end { return .ready(end.map { nil }, resumesTransfer: false) }
                guard state.chunkWaiter == nil else {
                    let error = HTTPError(
                        .invalidRequest,
                        url: state.head?.url ?? "",
                        reason: "the body is being read twice",
                        hint: "iterate it once"
                    )
                    return .ready(.failure(error), resumesTransfer: false)
                }
                state.chunkWaiter = continuation
                return .waits
            }
            guard case .ready(let result, let resumesTransfer) = reading else { return }
            if resumesTransfer { onRoom() }
            continuation.resume(with: result)
        }
    }
}

extension Optional {
    /// The value, leaving `nil` behind.
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}
