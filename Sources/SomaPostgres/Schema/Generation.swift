/// Keeps places rising when a database comes back as something else: restored from a dump or a backup, or taken over
/// by a standby that hadn't seen the last commits.
///
/// A place begins with a transaction's number, which the server counts. Another server counts from elsewhere, and one
/// that was set back counts again what it has counted before. Both show: in the cluster's identifier, in the timeline,
/// or in a log that is ahead of the counter. Then the base that is added to the numbers rises.
struct Generation: Sendable {
    /// How far the base rises: more transactions than any server can have forgotten.
    static let step: Int64 = 1 << 32

    /// Looks, and raises the base where that is due.
    ///
    /// Whoever appends meanwhile is waited for and then waits: an append with the old base that commits after the new
    /// one is used would be missing below the horizon.
    static func settle(_ pool: PostgresPool) async throws(PostgresError) {
        let row = try await pool.query(current).first
        guard let row, try !row.bool(0) else { return }
        try await pool.withConnection { connection throws(PostgresError) in
            try await connection.transaction { connection throws(PostgresError) in
                try await connection.query("LOCK TABLE soma.run IN EXCLUSIVE MODE")
                try await connection.query(first)
                guard let row = try await connection.query(current).first, try !row.bool(0) else { return }
                // A new database begins at 0; what is there already is left behind.
                let base = try row.int8(3) == 0 ? 0 : try row.int8(4) + step
                try await connection.query(
                    "UPDATE soma.generation SET base = $1, cluster = $2, timeline = $3",
                    [.int8(base), .int8(try row.int8(1)), .int8(try row.int8(2))]
                )
            }
        }
    }

    private static let first =
        "INSERT INTO soma.generation(base, cluster, timeline) VALUES(0, 0, 0) ON CONFLICT DO NOTHING"

    /// Whether the base fits this server; its identifier and its timeline; whether anything is in the log; and the
    /// larger of the base and of what the log's last place needs.
    private static let current = """
        WITH here AS (
          SELECT (SELECT system_identifier FROM pg_control_system()) AS cluster,
            ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint AS timeline,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next,
            coalesce((SELECT max(position) >> 20 FROM soma.transition), 0) AS last
        )
        SELECT coalesce(g.cluster = here.cluster AND g.timeline = here.timeline
            AND g.base + here.next > here.last, false),
          here.cluster, here.timeline, here.last,
          greatest(coalesce(g.base, 0), here.last - here.next)
        FROM here LEFT JOIN soma.generation g ON true
        """
}
