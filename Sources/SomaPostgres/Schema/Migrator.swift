package import SomaEngine

/// Brings a database to a schema, forwards or back.
///
/// Each migration is one transaction, so that whatever interrupts it leaves the version before. Whoever else migrates
/// at the same time waits, and then finds nothing left to do. A table that somebody keeps locked isn't waited for
/// longer than appends can bear, since they would queue up behind.
package struct Migrator: Sendable {
    /// How long a migration waits for a table.
    static let lockTimeout = "3s"
    /// How often it then tries again.
    static let triesMax = 20
    /// How long others migrating are waited for.
    static let patience = Duration.seconds(60)

    let pool: PostgresPool
    /// The program's version, kept with each migration.
    let program: String

    package init(pool: PostgresPool, program: String) {
        self.pool = pool
        self.program = program
    }

    /// The database's schema; 0 where there is none.
    package func version() async throws(StoreError) -> Int {
        try await asking("open") { () async throws(PostgresError) in try await Self.version(pool) }
    }

    /// Brings the database to a version.
    ///
    /// - Throws: `.newer` where the database's schema is not known here.
    package func migrate(to wanted: Int = Migration.latest) async throws(StoreError) {
        let found = try await version()
        try await expectKnown(found)
        guard found != wanted else { return }
        try await asking("migrate") { () async throws(PostgresError) in
            try await pool.withConnection { connection throws(PostgresError) in
                try await lock(connection)
                try await prepare(connection)
                var version = try await Self.version(connection)
                while version != wanted, (0...Migration.latest).contains(version) {
                    version = try await step(from: version, upwards: version < wanted, connection)
                }
            }
        }
        try await expectKnown(try await version())
    }

    /// Takes the lock, asking again and again: waiting at the server would run into the limit for statements.
    private func lock(_ connection: PostgresConnection) async throws(PostgresError) {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let row = try await connection.query(
                "SELECT pg_try_advisory_lock($1, $2)",
                AdvisoryLock.schema.values
            )
            if try row.first?.bool(0) == true { return }
            guard ContinuousClock.now < deadline else {
                throw PostgresError(
                    .conflict,
                    message: "another program has been changing the schema for \(Self.patience)",
                    hint: "see in the server's pg_locks who holds the advisory lock"
                )
            }
            try await pause(.milliseconds(100))
        }
    }

    private func prepare(_ connection: PostgresConnection) async throws(PostgresError) {
        // Asked first: making what is there already takes a right that a prepared database need not give.
        let row = try await connection.query("SELECT to_regclass('soma.migration') IS NOT NULL")
        guard try row.first?.bool(0) == false else { return }
        try await connection.script(
            """
            CREATE SCHEMA IF NOT EXISTS soma;
            CREATE TABLE soma.migration(
              version integer PRIMARY KEY, name text NOT NULL, applied_by text NOT NULL,
              applied timestamptz NOT NULL DEFAULT clock_timestamp());
            """
        )
    }

    private func step(
        from version: Int,
        upwards: Bool,
        _ connection: PostgresConnection
    ) async throws(PostgresError) -> Int {
        let migration = Migration.all[upwards ? version : version - 1]
        var tries = 1
        while true {
            do throws(PostgresError) {
                try await connection.script(
                    """
                    BEGIN;
                    SET LOCAL statement_timeout = 0;
                    SET LOCAL lock_timeout = '\(Self.lockTimeout)';
                    \(upwards ? migration.up : migration.down)
                    """
                )
                if upwards {
                    try await connection.query(
                        "INSERT INTO soma.migration(version, name, applied_by) VALUES($1, $2, $3)",
                        [.int4(Int32(migration.version)), .text(migration.name), .text(program)]
                    )
                } else {
                    try await connection.query(
                        "DELETE FROM soma.migration WHERE version = $1",
                        [.int4(Int32(migration.version))]
                    )
                }
                try await connection.query("COMMIT")
                return upwards ? migration.version : migration.version - 1
            } catch {
                _ = try? await connection.query("ROLLBACK")
                guard error.kind == .conflict, tries < Self.triesMax else { throw error }
                tries += 1
                try await pause(.milliseconds(250))
            }
        }
    }

    private static func version(_ executor: some PostgresExecutor) async throws(PostgresError) -> Int {
        let found = try await executor.query("SELECT to_regclass('soma.migration') IS NOT NULL")
        guard try found.first?.bool(0) == true else { return 0 }
        let rows = try await executor.query("SELECT coalesce(max(version), 0) FROM soma.migration")
        return Int(try rows.first?.int8(0) ?? 0)
    }

    private func expectKnown(_ found: Int) async throws(StoreError) {
        guard found > Migration.latest else { return }
        let by = try? await pool.query(
            "SELECT applied_by FROM soma.migration ORDER BY version DESC LIMIT 1"
        )
        let writer = (try? by?.first?.text(0)) ?? "?"
        throw StoreError(
            .newer,
            "Could not open the store at \(pool.options.address): version \(writer) of Soma has written it "
                + "(schema \(found)), and this version knows schemas up to \(Migration.latest).",
            hint: "Install that version or a later one, or set store to another database."
        )
    }

    private func asking<Value: Sendable>(
        _ action: String,
        _ body: () async throws(PostgresError) -> Value
    ) async throws(StoreError) -> Value {
        do throws(PostgresError) {
            return try await body()
        } catch {
            throw StoreError(postgres: error, while: action, at: pool.options.address)
        }
    }
}

/// Sleeps; a cancelled task is told so as the client tells it.
func pause(_ time: Duration) async throws(PostgresError) {
    do { try await Task.sleep(for: time) } catch { throw .cancelledBeforeSending }
}
