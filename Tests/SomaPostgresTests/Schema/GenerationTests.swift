import PostgresFixture
import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

@Suite("Postgres: generations")
struct GenerationTests {
    @Test(
        "On another server than the one that wrote it, or one that was set back, places go on above the old ones",
        arguments: [
            "UPDATE soma.generation SET cluster = cluster - 1",
            "UPDATE soma.generation SET timeline = timeline + 1",
            // The log of a server that had counted further.
            "UPDATE soma.transition SET position = position + (1::bigint << 50)",
        ]
    )
    func restored(change: String) async throws {
        let url = try await TestServer.database()
        var run = ContractRun("restored")
        let first = try await PostgresStore.test(url)
        try await run.append(5, to: first)
        let old = try await first.head()
        try await first.pool.query(change)
        await first.close()

        let store = try await PostgresStore.test(url)
        let before = max(old.rawValue, try await store.number("SELECT max(position) FROM soma.transition"))
        let stored = try await store.append([run.group(run.work(5))])
        #expect(stored.allSatisfy { $0.position.rawValue > before })
        #expect(try await store.head() == stored.last?.position)
        let log = try await store.transitions(after: .start, limit: 100)
        #expect(log.map(\.transition) == run.transitions)
        let base = try await store.number("SELECT base FROM soma.generation")
        #expect(base >= Generation.step)
        await store.close()

        // The same server once more: nothing to do.
        let again = try await PostgresStore.test(url)
        #expect(try await again.number("SELECT base FROM soma.generation") == base)
        await again.close()
    }

    @Test("A new database begins at the server's own numbers")
    func fresh() async throws {
        let store = try await PostgresStore.test()
        #expect(try await store.number("SELECT base FROM soma.generation") == 0)
        await store.close()
    }

    @Test("The base isn't raised under an append that is under way")
    func waits() async throws {
        let url = try await TestServer.database()
        let store = try await PostgresStore.test(url)
        var run = ContractRun("one")
        try await run.append(1, to: store)
        try await store.pool.query("UPDATE soma.generation SET cluster = 1")
        let isSettled = Flag()
        try await store.pool.withConnection { other throws(PostgresError) in
            try await other.query("BEGIN")
            try await other.query("UPDATE soma.run SET seq = seq")
            let settling = Task {
                try await Generation.settle(store.pool)
                isSettled.set()
            }
            try await pause(.milliseconds(200))
            #expect(!isSettled.value)
            try await other.query("COMMIT")
            _ = await settling.result
        }
        #expect(isSettled.value)
        #expect(try await store.number("SELECT base FROM soma.generation") >= Generation.step)
        await store.close()
    }
}
