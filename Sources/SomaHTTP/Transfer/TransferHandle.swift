/// The reader's hold on one transfer: letting go of it ends the transfer.
final class TransferHandle: Sendable {
    private let inbox: TransferInbox
    private let loop: CurlLoop
    private let id: UInt64

    init(inbox: TransferInbox, loop: CurlLoop, id: UInt64) {
        self.inbox = inbox
        self.loop = loop
        self.id = id
    }

    deinit {
        // The loop has let go of an ended transfer already; waking it for nothing costs a turn.
        if !inbox.hasEnded { loop.cancel(id) }
    }

    func head() async throws -> HTTPResponseHead {
        try await withTaskCancellationHandler {
            try await inbox.head()
        } onCancel: {
            cancel()
        }
    }

    func nextChunk() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await inbox.nextChunk { loop.resume(id) }
        } onCancel: {
            cancel()
        }
    }

    func cancel() {
        inbox.cancel()
        loop.cancel(id)
    }
}
