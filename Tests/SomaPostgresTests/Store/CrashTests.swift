import Glibc
import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting
import Synchronization
import Testing

@testable import SomaPostgres

/// Writers that append until they are told to end, each to runs of its own.
private final class Writers: Sendable {
    private let isOver = Flag()
    private let acknowledged = Mutex<[RunID: [Transition]]>([:])

    func end() { isOver.set() }

    var all: [RunID: [Transition]] { acknowledged.withLock { $0 } }
    var count: Int { acknowledged.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    func write(_ name: String, to store: PostgresStore) async {
        var run = ContractRun(name)
        while !isOver.value {
            let rows = run.work(3)
            do throws(StoreError) {
                _ = try await store.append([run.group(rows, snapshot: run.state.seq % 5 == 0)])
                acknowledged.withLock { $0[run.id, default: []] += rows }
            } catch {
                Issue.record("\(name): \(error)")
                return
            }
        }
    }
}

@Suite("Postgres: losses of the store")
struct StoreLossTests {
    private func expect(_ store: PostgresStore, holds writers: Writers) async throws {
        var sum = 0
        for (run, transitions) in writers.all {
            let log = try await store.transitions(of: run, after: 0, limit: .max)
            #expect(log.map(\.transition) == transitions)
            sum += log.count
        }
        let log = try await store.transitions(after: .start, limit: .max)
        #expect(log.count == sum)
        #expect(Set(log.map(\.transition.eventID)).count == sum)
        #expect(try await store.check(isThorough: true).problems == [])
    }

    @Test("Connections cut in the middle of commits lose and double nothing, and no append fails")
    func cut() async throws {
        let store = try await PostgresStore.test()
        let writers = Writers()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<6 { group.addTask { await writers.write("writer-\(index)", to: store) } }
            group.addTask {
                let killer = try PostgresPool(store.pool.options)
                for _ in 0..<40 {
                    try await Task.sleep(for: .milliseconds(15))
                    try await killer.query(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid()
                        """
                    )
                }
                await killer.close()
                let count = writers.count
                #expect(try await eventually { writers.count > count + 20 })
                writers.end()
            }
            try await group.waitForAll()
        }
        try await expect(store, holds: writers)
        await store.close()
    }

    @Test(
        "A server killed with kill -9 between many appends has all that was acknowledged, and the store goes on"
    )
    func crash() async throws {
        let server = try await TestServer.start(settings: ["-c", "fsync=on"])
        let store = try await PostgresStore.test(server.url())
        let writers = Writers()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<6 { group.addTask { await writers.write("writer-\(index)", to: store) } }
            group.addTask {
                for _ in 0..<3 {
                    let count = writers.count
                    #expect(try await eventually { writers.count > count + 30 })
                    try await server.crash()
                    try await server.start()
                }
                let count = writers.count
                #expect(try await eventually { writers.count > count + 30 })
                writers.end()
            }
            try await group.waitForAll()
        }
        try await expect(store, holds: writers)
        await store.close()
    }

    @Test("A server that stays away fails the call after the store's patience, naming what is away")
    func away() async throws {
        let server = try await TestServer.start()
        var connections = try PostgresOptions(url: server.url())
        connections.acquireTimeout = .milliseconds(300)
        var options = PostgresStoreOptions()
        options.use = .open
        options.patience = .milliseconds(500)
        let store = try await PostgresStore.open(connections, options: options)
        var run = ContractRun("away")
        try await run.append(1, to: store)
        try await server.stop()
        let group = run.group(run.work(1))
        let error = await refusal { () async throws(StoreError) in try await store.append([group]) }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("127.0.0.1:\(server.port)/postgres") == true)
        #expect(error?.description.contains(TestServer.password) == false)
        try await server.start()
        // The pool waits up to 5 s between attempts, longer than this store's patience.
        #expect(try await eventually { (try? await store.append([group])) != nil })
        #expect(try await store.run(run.id, at: nil) == run.state)
        await store.close()
    }

    /// What doesn't compress.
    private static func noise() -> [UInt8] {
        (0..<240).flatMap { _ in withUnsafeBytes(of: UInt64.random(in: 0 ... .max)) { Array($0) } }
    }

    @Test("Closing takes no longer than it may, also where the server answers nothing")
    func closedWhileSilent() async throws {
        let server = try await TestServer.start()
        let store = try await PostgresStore.test(server.url())
        var run = ContractRun("silent")
        _ = try await store.append([run.group(run.work(1))])
        try await server.freeze()
        let group = run.group(run.work(1))
        let append = Task { await refusal { () async throws(StoreError) in try await store.append([group]) } }
        try await Task.sleep(for: .milliseconds(50))
        let began = ContinuousClock.now
        await store.close(grace: .milliseconds(200))
        #expect(ContinuousClock.now - began < .seconds(5))
        #expect(await append.value?.kind == .unavailable)
        try await server.thaw()
    }

    @Test("A disk that is really full refuses and keeps what is there")
    func diskFull() async throws {
        let server = try await TestServer.start()
        let disk = try await SmallDisk(megabytes: 24, in: server.folder)
        let admin = try PostgresPool(PostgresOptions(url: server.url()))
        try await admin.query("CREATE TABLESPACE small LOCATION '\(disk.path)'")
        try await admin.query("CREATE DATABASE small TABLESPACE small")
        let url = server.url(database: "small")
        let store = try await PostgresStore.test(url)
        try await store.pool.query(
            "CREATE TABLE ballast AS SELECT repeat(md5(n::text), 30) FROM generate_series(1, 3000) n"
        )
        var run = ContractRun("full")
        var failed: (group: CommitGroup, error: StoreError)?
        var kept = 0
        while failed == nil {
            let rows = run.work(20)
            let words = (0..<40).map { index in
                Content(
                    id: ContentID(high: UInt64(rows[0].seq), low: UInt64(index)),
                    subject: "local",
                    words: Words(bytes: Self.noise())
                )
            }
            let group = run.group(rows, content: words)
            do throws(StoreError) {
                _ = try await store.append([group])
                kept = rows[19].seq
            } catch {
                failed = (group, error)
            }
        }
        let (group, error) = try #require(failed)
        #expect(error.kind == .full)
        #expect(try await store.run(run.id, at: nil)?.seq == kept)
        try await store.pool.query("DROP TABLE ballast")
        _ = try await store.append([group])
        #expect(try await store.run(run.id, at: nil) == run.state)
        #expect(try await store.check(isThorough: true).problems == [])
        await store.close()
        await admin.close()
        try await server.stop()
        try await disk.remove()
    }
}
