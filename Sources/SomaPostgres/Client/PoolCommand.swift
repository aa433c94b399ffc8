import SomaLoop

/// What the pool's loop is told.
enum PoolCommand: Sendable {
    case run(PostgresRequest)
    case cancel(PostgresRequest)
    case lease(PostgresLeaseRequest)
    case cancelLease(PostgresLeaseRequest)
    case release(PostgresLeaseRequest)
    case listen(PostgresListener)
    case unlisten(UInt64)
    case connected(Result<ConnectedHandle, PostgresError>, listener: UInt64?)
    case cancelDelivered(session: Int)
    case health(Reply<PostgresHealth>)
    /// A piece of a task that runs on the loop's thread.
    case job(UnownedJob)
    case stop
}

typealias PoolMailbox = LoopMailbox<PoolCommand>

typealias Reply<Value: Sendable> = LoopReply<Value, PostgresError>
