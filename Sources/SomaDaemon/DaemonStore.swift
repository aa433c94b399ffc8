import Glibc
import SomaCore
import SomaEngine
import SomaPostgres
import SomaSQLite
import SomaSettings

/// A store as the daemon holds it.
protocol DaemonStore: EventStore, ConversationStore {
    /// Where it is, as people are shown it: without a password.
    var place: String { get }

    /// Notes, where nobody else would tell the next process, that the runs were let go in order.
    func leaveInOrder() async throws(StoreError)

    /// Ends what is under way and lets others in.
    func close() async throws(StoreError)

    /// The same, where what is under way may take so long and is then given up.
    func close(grace: Duration) async throws(StoreError)

    /// What `somad --check` says about it.
    func verdict() async -> StoreVerdict
}

/// What a look at a store found.
struct StoreVerdict {
    /// What is wrong, a sentence each.
    var problems: [String] = []
    /// What may surprise later, a sentence each.
    var warnings: [String] = []
}

extension SQLiteStore: DaemonStore {
    var place: String { "sqlite:\(path)" }

    /// What is on its way to the disk is waited for.
    func close(grace: Duration) async throws(StoreError) { try await close() }

    /// Opening has looked at what a daemon needs; `soma doctor` reads the whole file.
    func verdict() async -> StoreVerdict { StoreVerdict() }
}

extension PostgresStore: DaemonStore {
    var place: String { "postgres://\(address)" }

    /// Each lease says it for its runs.
    func leaveInOrder() async throws(StoreError) {}

    func verdict() async -> StoreVerdict {
        do throws(StoreError) {
            let report = try await check()
            return StoreVerdict(problems: report.problems, warnings: report.warnings)
        } catch {
            return StoreVerdict(problems: [error.description])
        }
    }
}

/// Opens the store that the settings name.
enum DaemonStores {
    /// - Parameter checksOnly: Whether all of the log may be read, however long that takes, by somebody who holds no runs.
    static func open(
        _ settings: Settings,
        _ folder: DataFolder,
        checksOnly: Bool = false
    ) async throws(StoreError) -> any DaemonStore {
        let chosen = chosen(settings, folder)
        guard chosen.hasPrefix("sqlite:") else { return try await postgres(chosen, settings, checksOnly) }
        var options = StoreOptions()
        options.version = SomaVersion.product
        return try await SQLiteStore.open(String(chosen.dropFirst("sqlite:".count)), options: options)
    }

    /// Where the store is that the settings name, without a password.
    static func place(_ settings: Settings, _ folder: DataFolder) -> String {
        let chosen = chosen(settings, folder)
        guard !chosen.hasPrefix("sqlite:") else { return chosen }
        return (try? PostgresOptions(url: chosen)).map { "postgres://\($0.address)" } ?? "postgres"
    }

    private static func chosen(_ settings: Settings, _ folder: DataFolder) -> String {
        settings.store ?? "sqlite:\(folder.storePath)"
    }

    private static func postgres(
        _ url: String,
        _ settings: Settings,
        _ checksOnly: Bool
    ) async throws(StoreError) -> PostgresStore {
        var connections: PostgresOptions
        do throws(PostgresError) {
            connections = try connectionOptions(url, settings, checksOnly)
        } catch {
            throw StoreError(.unavailable, "store: \(error.message).", hint: error.hint)
        }
        var options = PostgresStoreOptions()
        options.version = SomaVersion.product
        options.valueBytesMax = settings.postgresValueBytes
        options.use = .shared(cluster: settings.clusterName)
        return try await PostgresStore.open(connections, options: options)
    }

    /// How a store in Postgres is spoken with.
    static func connectionOptions(
        _ url: String,
        _ settings: Settings,
        _ checksOnly: Bool = false
    ) throws(PostgresError) -> PostgresOptions {
        var connections = try PostgresOptions(url: url)
        connections.applicationName = "somad \(getpid()) on \(Process.hostName)"
        connections.poolSize = settings.postgresPoolSize
        connections.acquireTimeout = settings.postgresAcquireTimeout
        // The address may name this one itself.
        if settings.postgresConnectTimeout != .seconds(5) {
            connections.connectTimeout = settings.postgresConnectTimeout
        }
        connections.statementTimeout = checksOnly ? .zero : settings.postgresStatementTimeout
        connections.idleInTransactionTimeout = settings.postgresIdleTimeout
        return connections
    }
}
