import SomaCore
package import SomaEngine

/// The store in a Postgres database, used by one daemon alone or by the replicas of a cluster.
///
/// ```swift
/// let store = try await PostgresStore.open("postgres://soma@db/soma")
/// let stored = try await store.append([group])
/// await store.close()
/// ```
///
/// What is read and what is appended survives a server that restarts: calls wait for it, and an append whose outcome
/// was lost with a connection is made again, which finds out whether it had happened.
package final class PostgresStore: EventStore {
    let pool: PostgresPool
    let options: PostgresStoreOptions
    let secret: [UInt8]
    let appends: AppendQueue
    let book: LeaseBook
    /// Tells other processes on the database of news, and is told.
    package let news: PostgresNews
    /// Tells them what effects print, and is told.
    package let outputs: PostgresOutputs
    private let lock: StoreLock?

    /// Where it is: `host:port/database`, without user and password.
    package var address: String { pool.options.address }

    private init(
        pool: PostgresPool,
        options: PostgresStoreOptions,
        secret: [UInt8],
        book: LeaseBook,
        lock: StoreLock?
    ) {
        self.pool = pool
        self.options = options
        self.secret = secret
        self.book = book
        self.lock = lock
        news = PostgresNews(pool)
        outputs = PostgresOutputs(pool)
        appends = AppendQueue(pool: pool, book: book, options: options)
    }

    /// Opens the store in a database, whose schema is made or brought up to date.
    ///
    /// - Parameter url: As libpq reads it.
    /// - Throws: `.locked` naming who uses it in a way that goes not together with ours; `.newer` for a schema of a
    ///   later version; `.unavailable` where it can't be reached, or a right or a setting is missing.
    package static func open(
        _ url: String,
        options: PostgresStoreOptions = PostgresStoreOptions()
    ) async throws(StoreError) -> PostgresStore {
        let connections: PostgresOptions
        do throws(PostgresError) {
            connections = try PostgresOptions(url: url)
        } catch {
            throw StoreError(.unavailable, "Could not open the store: \(error.message).", hint: error.hint)
        }
        return try await open(connections, options: options)
    }

    /// Opens the store over connections with given limits.
    package static func open(
        _ connections: PostgresOptions,
        options: PostgresStoreOptions = PostgresStoreOptions()
    ) async throws(StoreError) -> PostgresStore {
        let pool: PostgresPool
        do throws(PostgresError) {
            pool = try PostgresPool(connections)
        } catch {
            throw StoreError(postgres: error, while: "open", at: connections.address)
        }
        do throws(StoreError) {
            return try await open(pool, options: options)
        } catch {
            await pool.close()
            throw error
        }
    }

    private static func open(
        _ pool: PostgresPool,
        options: PostgresStoreOptions
    ) async throws(StoreError) -> PostgresStore {
        let migrator = Migrator(pool: pool, program: options.version)
        let found = try await migrator.version()
        if found > Migration.latest || options.migrates {
            try await migrator.migrate()
        } else if found < Migration.latest {
            throw StoreError(
                .unavailable,
                "Could not open the store at \(pool.options.address): its schema is \(found), and this version "
                    + "needs \(Migration.latest).",
                hint: "Start the daemon once, which brings it up to date."
            )
        }
        let lock = try await StoreLock.take(pool, for: options.use)
        do throws(PostgresError) {
            try await expectUTF8(pool)
            try await Generation.settle(pool)
            let secret = try await secret(pool, program: options.version)
            let book = LeaseBook()
            switch options.use {
            case .alone: try await takeAll(pool, book)
            case .shared: try await buryLone(pool)
            case .open: break
            }
            return PostgresStore(pool: pool, options: options, secret: secret, book: book, lock: lock)
        } catch {
            await lock?.release()
            throw StoreError(postgres: error, while: "open", at: pool.options.address)
        }
    }

    /// Full-text search and the order of names are those of Unicode.
    private static func expectUTF8(_ pool: PostgresPool) async throws(PostgresError) {
        let row = try await pool.query("SELECT current_setting('server_encoding')").first
        guard let encoding = try row?.text(0), encoding != "UTF8" else { return }
        throw PostgresError(
            .configuration,
            message: "the database's encoding is \(encoding)",
            hint: "create the database with ENCODING 'UTF8', and name it in \(PostgresSetting.url)"
        )
    }

    /// The database's secret, made with the first opening.
    private static func secret(_ pool: PostgresPool, program: String) async throws(PostgresError) -> [UInt8] {
        let read = "SELECT value FROM soma.meta WHERE key = 'secret'"
        // Asked first: a tool may have the right to read and no other.
        if let row = try await pool.query(read).first { return try row.bytea(0) }
        var generator = SystemRandomNumberGenerator()
        let fresh: [UInt8] = (0..<32).map { _ in generator.next() }
        try await pool.query(
            "INSERT INTO soma.meta(key, value) VALUES('secret', $1), ('created_by', $2) ON CONFLICT DO NOTHING",
            [.bytea(fresh), .bytea(Array(program.utf8))]
        )
        guard let row = try await pool.query(read).first else {
            throw PostgresError(.internal, message: "the store's secret is missing", hint: "restore a backup")
        }
        return try row.bytea(0)
    }

    /// Takes every unfinished run. Nobody else uses the store, so whoever still believes to hold one is too late.
    private static func takeAll(_ pool: PostgresPool, _ book: LeaseBook) async throws(PostgresError) {
        let results = try await pool.pipeline([
            PostgresStatement(
                "DELETE FROM soma.replica WHERE is_gone AND expires < clock_timestamp() - interval '1 day'"
            ),
            PostgresStatement(
                """
                UPDATE soma.replica SET is_gone = true, expires = least(expires, clock_timestamp())
                WHERE NOT is_gone
                """
            ),
            PostgresStatement(
                "INSERT INTO soma.replica(expires, name) VALUES('infinity', $1) RETURNING id",
                [.text(pool.options.applicationName)]
            ),
            PostgresStatement(
                """
                UPDATE soma.run SET epoch = greatest(epoch, 1) + 1, holder = (SELECT max(id) FROM soma.replica)
                WHERE ended IS NULL RETURNING id, epoch
                """
            ),
        ])
        var epochs: [RunID: Int64] = [:]
        for row in results[3] { epochs[RunID(try row.text(0))] = try row.int8(1) }
        book.begin(replica: try results[2][0].int8(0), epochs)
    }

    /// A daemon that used the store alone and was killed: it is gone, or we wouldn't have the lock.
    private static func buryLone(_ pool: PostgresPool) async throws(PostgresError) {
        try await pool.query(
            "UPDATE soma.replica SET is_gone = true, expires = clock_timestamp() WHERE NOT is_gone AND expires = 'infinity'"
        )
    }

    /// Ends what is under way, lets others in, and closes every connection. Later calls of any method throw
    /// `.unavailable`.
    ///
    /// - Parameter grace: How long what is under way may take. Where the server doesn't answer, it is then given up: an
    ///   append may have happened or not, which whoever reads the log next finds out.
    package func close(grace: Duration) async {
        await TimeLimit.wait(atMost: grace) { [self] in
            await appends.end()
            await news.end()
            await outputs.end()
            if options.use == .alone, let replica = book.replica {
                _ = try? await pool.query(Self.leave, [.int8(replica)])
            }
            await lock?.release()
        }
        book.end()
        await pool.close()
    }

    /// The same, with time for a server that is only slow.
    package func close() async { await close(grace: .seconds(5)) }

    static let leave = """
        UPDATE soma.replica SET is_gone = true, expires = least(expires, clock_timestamp()) WHERE id = $1
        """

    /// The secret under which this store's content is named.
    package func contentSecret() async throws(StoreError) -> [UInt8] { secret }

    /// Runs what may be run twice, and waits for a server that is away.
    func asking<Value: Sendable>(
        _ action: String,
        _ body: () async throws(PostgresError) -> Value
    ) async throws(StoreError) -> Value {
        var wait = RetryWait(options.patience)
        while true {
            do throws(PostgresError) {
                return try await body()
            } catch {
                if error.isPassing, await wait.isWorthwhile() { continue }
                throw StoreError(postgres: error, while: action, at: address)
            }
        }
    }
}

/// Waits between attempts, ever longer, until patience ends.
struct RetryWait {
    private static let longest = Duration.milliseconds(500)
    private let deadline: ContinuousClock.Instant
    private var next = Duration.milliseconds(10)

    init(_ patience: Duration) { deadline = ContinuousClock.now + patience }

    /// Waits, and says whether another attempt is due; no longer in a task that was cancelled.
    mutating func isWorthwhile() async -> Bool {
        guard ContinuousClock.now + next < deadline else { return false }
        do { try await Task.sleep(for: next * Double.random(in: 0.5...1)) } catch { return false }
        next = min(next * 2, Self.longest)
        return true
    }
}
