import SomaPostgres
import SomaSettings
import Testing

@testable import SomaDaemon

@Suite("How a store in Postgres is spoken with")
struct DaemonStoreTests {
    private func settings(_ values: [String: String]) throws -> Settings {
        try SettingsLoader(environment: [:], workingFolder: "/", systemFile: "/nowhere")
            .load(flags: values.sorted { $0.key < $1.key }.map { .init(key: $0.key, values: [$0.value]) })
    }

    @Test(
        "statements and transactions end before others may take a process's runs over, whatever is set",
        arguments: [
            ([:], 4_000, 4_000),
            (["cluster.lease": "1s"], 800, 800),
            (
                ["postgres.statement_timeout": "1h", "postgres.idle_in_transaction_timeout": "1h"], 4_000,
                4_000
            ),
            (
                ["postgres.statement_timeout": "2s", "postgres.idle_in_transaction_timeout": "1s"], 2_000,
                1_000
            ),
            (["cluster.lease": "5m"], 30_000, 10_000),
        ] as [([String: String], Int, Int)]
    )
    func belowTheLease(values: [String: String], statement: Int, idle: Int) throws {
        let options = try DaemonStores.connectionOptions("postgres://db/soma", try settings(values))
        #expect(options.statementTimeout == .milliseconds(statement))
        #expect(options.idleInTransactionTimeout == .milliseconds(idle))
    }

    @Test("a check may read all of the log, however long that takes")
    func checks() throws {
        let options = try DaemonStores.connectionOptions("postgres://db/soma", try settings([:]), true)
        #expect(options.statementTimeout == .zero)
    }
}
