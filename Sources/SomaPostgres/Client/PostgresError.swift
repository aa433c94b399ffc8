/// Why something failed at Postgres: what, and what to do about it.
///
/// It never holds a password or a bound value: of a server's words only those are kept that can't quote one.
package struct PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The connection's settings can't be used as they are; nothing was sent.
        case invalidOptions
        /// No connection could be made: unknown host, refused, no answer in time.
        case connectionFailed
        /// The connection broke (SQLSTATE class 08, or the socket was closed).
        case connectionLost
        /// TLS was demanded and could not be had, or the server's certificate is not acceptable.
        case tls
        /// The user or the password is wrong, or pg_hba.conf lets nobody in like this (class 28).
        case authentication
        /// The database doesn't exist (class 3D).
        case missingDatabase
        /// The user lacks a right (42501).
        case missingRights
        /// The server is older than Soma needs.
        case serverTooOld
        /// No connection became free in time, or too many wait already.
        case poolExhausted
        /// The pool was closed.
        case closed
        /// The task was cancelled, or somebody at the server cancelled the statement.
        case cancelled
        /// A time limit of the session passed.
        case timeout
        /// A value doesn't fit (class 22).
        case invalidData
        /// A constraint refused a row (classes 23, 44, 27, 21).
        case constraint
        /// The transaction is in the wrong state (classes 25, 2D, 3B, 0B, 24, 34).
        case transactionState
        /// Another transaction got in the way; the same again may succeed (class 40, lock not available).
        case conflict
        /// The statement doesn't fit the schema, or isn't SQL (classes 42, 26, 3F, 0A, 2F, 38, 39 …).
        case schema
        /// Disk, memory or connections are used up (class 53).
        case resources
        /// Beyond what Postgres can do (class 54), or what its protocol can carry.
        case limit
        /// An object is not in the state needed (class 55).
        case objectState
        /// The server is shutting down, starting up or was told to end the session (class 57).
        case operatorIntervention
        /// The server's machine failed: reading or writing a file (class 58).
        case system
        /// The server is wrongly configured (class F0).
        case configuration
        /// The server found a defect or damage in itself (class XX).
        case `internal`
        /// A function raised it (class P0, and states that no Postgres defines).
        case raised
        /// What the server sent is not what was expected of it.
        case `protocol`
    }

    package let kind: Kind
    /// The five characters of the standard, where the server gave some.
    package let sqlState: String?
    /// What happened, in a sentence fragment, without bound values.
    package let message: String
    /// What to do, naming the setting; empty where there is nothing sensible to say.
    package let hint: String
    /// Whether what was asked for may have been done all the same: the connection was lost, or given up, after it
    /// was sent and before an answer came.
    package let mayHaveHappened: Bool

    /// Makes an error.
    package init(
        _ kind: Kind,
        sqlState: String? = nil,
        message: String,
        hint: String = "",
        mayHaveHappened: Bool = false
    ) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.hint = hint
        self.mayHaveHappened = mayHaveHappened
    }

    /// Whether the same may succeed later without anybody changing anything.
    ///
    /// Where ``mayHaveHappened`` is true, look first what became of it.
    package var isRetryable: Bool {
        switch kind {
        case .connectionFailed, .connectionLost, .poolExhausted, .timeout, .conflict, .resources,
            .operatorIntervention:
            true
        default: false
        }
    }

    /// Whether waiting can't help: somebody has to change a setting or the server.
    var isPermanent: Bool {
        switch kind {
        case .invalidOptions, .tls, .authentication, .missingDatabase, .missingRights, .serverTooOld: true
        default: false
        }
    }

    /// One line: what, and what to do.
    package var description: String {
        var text = "Postgres: \(message)"
        if let sqlState { text += " [\(sqlState)]" }
        if mayHaveHappened { text += "; it may have been done all the same" }
        return hint.isEmpty ? text : "\(text) (\(hint))"
    }

    func with(kind: Kind? = nil, mayHaveHappened: Bool) -> PostgresError {
        PostgresError(
            kind ?? self.kind,
            sqlState: sqlState,
            message: message,
            hint: hint,
            mayHaveHappened: mayHaveHappened
        )
    }

    static let closed = PostgresError(.closed, message: "the connection pool was closed")
}

/// The settings that hints name.
enum PostgresSetting {
    static let url = "the setting store"
    static let poolSize = "postgres.pool_size"
    static let acquireTimeout = "postgres.acquire_timeout"
    static let connectTimeout = "postgres.connect_timeout"
    static let statementTimeout = "postgres.statement_timeout"
    static let idleInTransactionTimeout = "postgres.idle_in_transaction_timeout"
    static let lease = "cluster.lease"
}
