import SomaLoop

/// What the curl thread is told.
enum CurlCommand: Sendable {
    case start(UInt64, TransferPlan, TransferInbox)
    case resume(UInt64)
    case cancel(UInt64)
    case stop
}

typealias CurlMailbox = LoopMailbox<CurlCommand>
