import GRDB
import SomaEngine

/// One connection with a queue of its own, so that no cooperative thread ever waits for the disk.
struct Connection: Sendable {
    /// Who a connection is for.
    enum Purpose: String {
        case write, read, checkpoint, check
    }

    private let queue: DatabaseQueue
    let path: String

    /// Opens a connection; blocks on the disk.
    init(path: String, purpose: Purpose, readOnly: Bool, durability: StoreOptions.Durability)
        throws(StoreError)
    {
        var configuration = Configuration()
        configuration.label = "soma.store.\(purpose.rawValue)"
        configuration.readonly = readOnly
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        let pragmas = Self.pragmas(purpose, readOnly: readOnly, durability: durability)
        configuration.prepareDatabase { database in
            for pragma in pragmas { try database.execute(sql: "PRAGMA \(pragma)") }
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StoreError(sqlite: error, while: "open", at: path)
        }
        self.path = path
    }

    private static func pragmas(
        _ purpose: Purpose,
        readOnly: Bool,
        durability: StoreOptions.Durability
    ) -> [String] {
        var pragmas = ["trusted_schema=OFF", "cell_size_check=ON"]
        if !readOnly {
            pragmas += ["journal_mode=WAL", "synchronous=\(durability.rawValue)", "wal_autocheckpoint=0"]
        }
        if purpose == .read { pragmas.append("query_only=ON") }
        pragmas.append("cache_size=\(purpose == .write ? -16_384 : -4096)")
        return pragmas
    }

    /// Runs `body` on the connection's queue, whether or not the caller's task has been cancelled: half of
    /// a commit must not hang on somebody's patience.
    func perform<Value: Sendable>(
        _ action: String,
        _ body: @escaping @Sendable (SQLSession) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            queue.asyncWriteWithoutTransaction { database in
                continuation.resume(returning: Result { try body(SQLSession(database: database)) })
            }
        }
        do {
            return try result.get()
        } catch {
            throw StoreError(sqlite: error, while: action, at: path)
        }
    }

    /// Runs `body` on the connection's queue and waits for it. For opening and closing only.
    func performAndWait<Value>(_ action: String, _ body: (SQLSession) throws -> Value) throws(StoreError)
        -> Value
    {
        do {
            return try queue.writeWithoutTransaction { try body(SQLSession(database: $0)) }
        } catch {
            throw StoreError(sqlite: error, while: action, at: path)
        }
    }

    /// Closes the connection; later use fails.
    func close() throws(StoreError) {
        do { try queue.close() } catch { throw StoreError(sqlite: error, while: "close", at: path) }
    }
}
