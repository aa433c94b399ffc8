import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

/// On servers of their own: what they keep open keeps back the log of every database.
@Suite("Postgres: the log's end")
struct HorizonTests {
    @Test(
        "An append that is still open keeps back what was committed after it, is named, and nothing is missing then"
    )
    func open() async throws {
        let server = try await TestServer.start()
        let store = try await PostgresStore.test(server.url()) { $0.horizonWait = .milliseconds(50) }
        #expect(try await store.horizonHolder() == nil)
        var first = ContractRun("first")
        try await first.append(2, to: store)
        let seen = try await store.head()

        var options = try PostgresOptions(url: server.url())
        options.applicationName = "a slow one"
        let slow = try PostgresPool(options)
        var late = ContractRun("late")
        let request = try AppendRequest(
            [late.group(late.work(2))],
            book: LeaseBook(),
            options: PostgresStoreOptions(),
            address: ""
        )
        let parameters = AppendStatement([request]).parameters
        var after = ContractRun("after")
        try await slow.withConnection { connection throws(PostgresError) in
            try await connection.query("BEGIN")
            try await connection.query(AppendStatement.sql, parameters)
            do {
                try await after.append(3, to: store)
                // Committed, and known to its writer; but something may still come before it.
                #expect(try await store.run(after.id, at: nil) == after.state)
                #expect(try await store.transitions(after: seen, limit: 10) == [])
                #expect(try await store.head() == seen)
                let holder = try await store.horizonHolder()
                #expect(holder?.name == "a slow one")
                #expect(holder?.state == "idle in transaction")
                #expect(holder?.session != nil)
                #expect(holder?.description.contains("pg_terminate_backend") == true)
            } catch { Issue.record("\(error)") }
            try await connection.query("COMMIT")
        }
        let rest = try await store.transitions(after: seen, limit: 10)
        #expect(rest.map(\.transition) == late.transitions + after.transitions)
        #expect(try await store.horizonHolder() == nil)
        await slow.close()
        await store.close()
    }

    @Test("A prepared transaction of another database that nobody finishes is named too")
    func prepared() async throws {
        let server = try await TestServer.start(settings: ["-c", "max_prepared_transactions=5"])
        let admin = try PostgresPool(PostgresOptions(url: server.url()))
        try await admin.query("CREATE DATABASE log")
        let store = try await PostgresStore.test(server.url(database: "log")) { $0.horizonWait = .zero }
        try await admin.withConnection { connection throws(PostgresError) in
            try await connection.query("CREATE TABLE t(n int)")
            try await connection.query("BEGIN")
            try await connection.query("INSERT INTO t VALUES(1)")
            try await connection.query("PREPARE TRANSACTION 'forgotten'")
        }
        var run = ContractRun("held")
        try await run.append(2, to: store)
        #expect(try await store.transitions(after: .start, limit: 10) == [])
        let holder = try await store.horizonHolder()
        #expect(holder?.name == "forgotten")
        #expect(holder?.session == nil)
        #expect(holder?.database == "postgres")
        try await admin.query("ROLLBACK PREPARED 'forgotten'")
        #expect(try await store.transitions(after: .start, limit: 10).map(\.transition) == run.transitions)
        await store.close()
        await admin.close()
    }

    @Test("A follower sees every transition once and in order, while writers commit in any order")
    func follower() async throws {
        let server = try await TestServer.start()
        let stores = [
            try await PostgresStore.test(server.url()), try await PostgresStore.test(server.url()),
            try await PostgresStore.test(server.url()),
        ]
        let isOver = Flag()
        let seen = try await withThrowingTaskGroup(of: [StoredTransition].self) { group in
            for (index, store) in stores.enumerated() {
                group.addTask {
                    for number in 0..<40 {
                        var run = ContractRun("run-\(index)-\(number)")
                        try await run.append(1 + number % 4, to: store)
                    }
                    return []
                }
            }
            group.addTask {
                var seen: [StoredTransition] = []
                while true {
                    let isLast = isOver.value
                    let page = try await stores[0].transitions(
                        after: seen.last?.position ?? .start,
                        limit: 37
                    )
                    seen += page
                    if page.isEmpty, isLast { return seen }
                }
            }
            for _ in stores { _ = try await group.next() }
            isOver.set()
            return try await group.reduce([]) { $0 + $1 }
        }
        #expect(seen.count == 300)
        #expect(Set(seen.map(\.transition.eventID)).count == seen.count)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.position < $1.position })
        for store in stores { await store.close() }
    }
}
