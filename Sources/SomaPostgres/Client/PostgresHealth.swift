import SomaLoop

/// How a pool is doing.
package struct PostgresHealth: Sendable, Equatable {
    /// What happened since the pool was made.
    package struct Counts: Sendable, Equatable {
        /// Connections opened, lost and not come about.
        package var opened = 0
        package var lost = 0
        package var failed = 0
        /// Statements that succeeded.
        package var statements = 0
        /// Requests to cancel that were sent.
        package var cancelled = 0
    }

    /// Open connections, and of these the idle ones and those lent to one caller.
    package var open = 0
    package var idle = 0
    package var lent = 0
    /// Callers that wait for a connection.
    package var waiting = 0
    /// Why the last attempt to connect failed; `nil` after one that didn't.
    package var lastFailure: PostgresError?
    package var counts = Counts()
}

extension PoolLoop {
    var health: PostgresHealth {
        let pooled = sessions.values.filter { !$0.isListening }
        return PostgresHealth(
            open: pooled.count,
            idle: pooled.count { $0.isShared && $0.isIdle },
            lent: pooled.count { $0.lease != nil },
            waiting: queue.count + leases.count,
            lastFailure: lastFailure,
            counts: counts
        )
    }
}
