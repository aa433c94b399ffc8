import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

@Suite("Postgres: append")
struct AppendTests {
    @Test("Callers that come while an append is on its way share the next one")
    func shared() async throws {
        let store = try await PostgresStore.test()
        var first = ContractRun("first")
        try await first.append(1, to: store)
        let runs = (0..<60).map { index in
            var run = ContractRun("run-\(index)")
            run.work(3)
            return run
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for run in runs {
                group.addTask { _ = try await store.append([run.group(run.transitions)]) }
            }
            try await group.waitForAll()
        }
        let appends = try await store.number("SELECT count(DISTINCT position >> 20) FROM soma.transition")
        #expect(appends < 30)
        for run in runs {
            let log = try await store.transitions(of: run.id, after: 0, limit: 10)
            #expect(log.map(\.transition) == run.transitions)
        }
        await store.close()
    }

    @Test(
        "One that is formed ahead waits for the one before, and goes when that is written",
        .timeLimit(.minutes(1))
    )
    func inTurn() async throws {
        let store = try await PostgresStore.test()
        var run = ContractRun("first")
        try await run.append(2, to: store)
        let (first, second) = (run.group(run.work(3)), ContractRun("second").began())
        let turn = CommitTurn()
        try await store.pool.withConnection { connection throws(PostgresError) in
            // Holds the first one up in the middle.
            try await connection.query("BEGIN")
            try await connection.query("SELECT FROM soma.run WHERE id = 'first' FOR UPDATE")
            let one = Task { try? await store.append([first], in: turn)?.map(\.position) }
            for _ in 0..<2_000 {
                let waiting = try await store.pool.query(
                    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
                if !waiting.isEmpty { break }
                try? await Task.sleep(for: .milliseconds(5))
            }
            let two = Task { try? await store.append([second], in: CommitTurn(after: turn))?.map(\.position) }
            try? await Task.sleep(for: .milliseconds(50))
            try await connection.query("COMMIT")
            let places = (await one.value ?? [], await two.value ?? [])
            #expect(places.0.count == 3 && !places.1.isEmpty, "one had to ask again")
            #expect(places.0 + places.1 == (places.0 + places.1).sorted())
        }
        await store.close()
    }

    @Test("Behind one that was not written nothing is, until that one is given up")
    func behindARefusal() async throws {
        let store = try await PostgresStore.test()
        var late = ContractRun("late")
        try await late.append(4, to: store)
        let old = late.group([late.transitions[1]])
        let first = CommitTurn()
        let refused = await refusal { () async throws(StoreError) in
            _ = try await store.append([old], in: first)
        }
        #expect(refused?.kind == .conflict)
        let (next, turn) = (ContractRun("next").began(), CommitTurn(after: first))
        #expect(try await store.append([next], in: turn) == nil)
        #expect(try await store.runs(RunFilter()).count == 1)
        first.pass()
        #expect(try await store.append([next], in: turn)?.isEmpty == false)
        await store.close()
    }

    @Test("One that is late doesn't spoil the append that it shares")
    func lateNeighbour() async throws {
        let store = try await PostgresStore.test()
        var late = ContractRun("late")
        try await late.append(4, to: store)
        let old = late.group([late.transitions[1]])
        let kinds = await withTaskGroup(of: StoreError.Kind?.self) { group in
            for index in 0..<40 {
                group.addTask {
                    var run = ContractRun("run-\(index)")
                    let rows = run.work(2)
                    let given = index % 10 == 3 ? old : run.group(rows)
                    return await refusal { () async throws(StoreError) in try await store.append([given]) }?
                        .kind
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds.count { $0 == nil } == 36)
        #expect(kinds.count { $0 == .conflict } == 4)
        #expect(try await store.runs(RunFilter()).count == 37)
        await store.close()
    }

    @Test(
        "Of two stores that append to the same runs exactly one wins each time, and to different runs both do"
    )
    func twoStores() async throws {
        let url = try await TestServer.database()
        let stores = [try await PostgresStore.test(url), try await PostgresStore.test(url)]
        var run = ContractRun("race")
        var other = ContractRun("also")
        for round in 0..<40 {
            // In different orders: whoever locks both must not wait for the other crosswise.
            let groups = [run.group(run.work(1)), other.group(other.work(1))]
            let kinds = await withTaskGroup(of: StoreError.Kind?.self) { tasks in
                for (index, store) in stores.enumerated() {
                    let own = ContractRun("own-\(index)-\(round)").began()
                    let given = index == 0 ? groups : groups.reversed()
                    tasks.addTask {
                        await refusal { () async throws(StoreError) in try await store.append(given) }?.kind
                    }
                    tasks.addTask {
                        await refusal { () async throws(StoreError) in try await store.append([own]) }?.kind
                    }
                }
                return await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(kinds.count { $0 == nil } == 3)
            #expect(kinds.count { $0 == .conflict } == 1)
        }
        #expect(try await stores[0].run(run.id, at: nil) == run.state)
        #expect(try await stores[1].run(other.id, at: nil) == other.state)
        #expect(try await stores[0].runs(RunFilter()).count == 82)
        #expect(try await stores[0].check(isThorough: true).problems == [])
        for store in stores { await store.close() }
    }

    @Test("What is larger than the limit is refused by name, and nothing is written")
    func large() async throws {
        let store = try await PostgresStore.test { $0.valueBytesMax = 2000 }
        var run = ContractRun("large")
        run.next(.factObserved, body: ["text": .string(String(repeating: "x", count: 3000))])
        let error = await refusal { () async throws(StoreError) in
            try await store.append([run.group(run.transitions)])
        }
        #expect(error?.kind == .refused)
        #expect(error?.description.contains("transition large/1 has") == true)
        #expect(error?.hint.contains("postgres.value_bytes_max") == true)
        var small = ContractRun("small")
        let words = Content(
            id: ContentID(high: 1, low: 1),
            subject: "local",
            words: Words(bytes: [UInt8](repeating: 1, count: 2001))
        )
        let second = await refusal { () async throws(StoreError) in
            try await store.append([small.group(small.work(1), content: [words])])
        }
        #expect(second?.kind == .refused)
        #expect(try await store.head() == .start)
        await store.close()
    }

    @Test("More than a server takes at once is refused, and what several callers bring is shared out")
    func muchAtOnce() async throws {
        let store = try await PostgresStore.test { $0.appendBytesMax = 20_000 }
        func large(_ name: String) -> ContractRun {
            var run = ContractRun(name)
            run.next(.factObserved, body: ["text": .string(String(repeating: "x", count: 9000))])
            return run
        }
        let runs = (0..<3).map { large("large-\($0)") }
        let error = await refusal { () async throws(StoreError) in
            try await store.append(runs.map { $0.group($0.transitions) })
        }
        #expect(error?.kind == .refused)
        #expect(error?.message.contains("20000 are the most") == true)
        #expect(try await store.head() == .start)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for run in (0..<12).map({ large("shared-\($0)") }) {
                group.addTask { _ = try await store.append([run.group(run.transitions)]) }
            }
            try await group.waitForAll()
        }
        #expect(try await store.runs(RunFilter()).count == 12)
        await store.close()
    }

    @Test("No room on the server is full and not lost: the same append goes through once there is")
    func full() async throws {
        let store = try await PostgresStore.test()
        var run = ContractRun("full")
        try await run.append(2, to: store)
        // What Postgres raises; the test with a disk that is really full is beside this one.
        try await store.pool.withConnection { connection throws(PostgresError) in
            try await connection.script(
                """
                CREATE FUNCTION soma.no_room() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
                CREATE TRIGGER no_room BEFORE INSERT ON soma.transition FOR EACH ROW EXECUTE FUNCTION soma.no_room();
                """
            )
        }
        let group = run.group(run.work(2))
        let error = await refusal { () async throws(StoreError) in try await store.append([group]) }
        #expect(error?.kind == .full)
        #expect(error?.description.contains("disk is full") == true)
        try await store.pool.query("DROP TRIGGER no_room ON soma.transition")
        _ = try await store.append([group])
        #expect(try await store.run(run.id, at: nil) == run.state)
        await store.close()
    }

    @Test("Names and words with a NUL: words are kept, a run's name is refused")
    func nul() async throws {
        let store = try await PostgresStore.test()
        var run = ContractRun("a\u{0}b")
        let error = await refusal { () async throws(StoreError) in
            try await store.append([run.group(run.work(1))])
        }
        #expect(error?.message.contains("holds a NUL") == true)
        #expect(try await store.run(run.id, at: nil) == nil)
        #expect(try await store.transitions(of: run.id, after: 0, limit: 1) == [])
        await store.close()
    }

    @Test("An append whose task is cancelled goes through all the same, once")
    func cancelled() async throws {
        let store = try await PostgresStore.test()
        var run = ContractRun("cancelled")
        for _ in 0..<30 {
            let group = run.group(run.work(2))
            let task = Task { try await store.append([group]) }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...1500)))
            task.cancel()
            let stored = try await task.value
            #expect(stored.map(\.transition) == group.transitions)
        }
        let log = try await store.transitions(after: .start, limit: 1000)
        #expect(log.map(\.transition) == run.transitions)
        await store.close()
    }

    @Test("A closed store takes nothing, and says so")
    func closed() async throws {
        let store = try await PostgresStore.test()
        await store.close()
        var run = ContractRun("closed")
        let error = await refusal { () async throws(StoreError) in
            try await store.append([run.group(run.work(1))])
        }
        #expect(error?.kind == .unavailable)
    }
}

extension ContractRun {
    /// A run's first group.
    func began() -> CommitGroup {
        var run = self
        return run.group(run.work(1))
    }
}
