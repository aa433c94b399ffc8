package import SomaEngine

/// What keeps the end of the log back: the oldest transaction under way on the server, of whatever program.
///
/// Until it ends, transitions that were committed after it began aren't given to those who read the log, because one
/// might still come before them.
package struct HorizonHolder: Sendable, Hashable, CustomStringConvertible {
    /// Its session at the server; `nil` for a transaction that was prepared and waits for its second half.
    package var session: Int?
    /// The name that its program gave, or that a prepared transaction has; foreign text.
    package var name: String
    /// The database that it is in.
    package var database: String
    /// What it does: `active`, `idle in transaction`, `prepared` …
    package var state: String
    /// For how long, in seconds.
    package var seconds: Double

    /// One line, with what to do.
    package var description: String {
        let who =
            session.map { "session \($0) (\"\(name)\", \(state))" } ?? "prepared transaction \"\(name)\""
        let end =
            session.map { "SELECT pg_terminate_backend(\($0))" } ?? "ROLLBACK PREPARED or COMMIT PREPARED"
        return "\(who) in the database \"\(database)\" has kept the log's end back for \(Int(seconds)) s; "
            + "if it is stuck, end it: \(end)"
    }
}

extension PostgresStore {
    /// Who keeps the end of the log back; `nil` where nobody does.
    package func horizonHolder() async throws(StoreError) -> HorizonHolder? {
        try await asking("read") { () async throws(PostgresError) in
            guard let row = try await pool.query(Self.oldest).first else { return nil }
            return HorizonHolder(
                session: try row.int8OrNil(0).map { Int($0) },
                name: try row.text(1),
                database: try row.text(2),
                state: try row.text(3),
                seconds: try row.float8(4)
            )
        }
    }

    /// Who has the oldest transaction's number locked, as each transaction has its own.
    private static let oldest = """
        WITH oldest AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::xid AS number)
        SELECT a.pid, coalesce(nullif(a.application_name, ''), '?'), coalesce(a.datname, '?'),
          coalesce(a.state, '?'), coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8
        FROM oldest JOIN pg_locks l ON l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
          AND l.transactionid = oldest.number
        JOIN pg_stat_activity a ON a.pid = l.pid
        UNION ALL
        SELECT NULL, p.gid, p.database, 'prepared', extract(epoch FROM clock_timestamp() - p.prepared)::float8
        FROM oldest JOIN pg_prepared_xacts p ON p.transaction = oldest.number
        LIMIT 1
        """
}
