import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

@Suite("Postgres: commands")
struct InboxTests {
    private func command(_ run: RunID) -> EngineCommand { .command(run, .pause, by: "tester") }

    private func start(_ run: String) -> EngineCommand {
        var request = StartRequest(goal: "g")
        request.id = RunID(run)
        return .start(request)
    }

    /// Two replicas that hold a run each, and somebody who only asks.
    private func withReplicas(
        _ body: (PostgresInbox, [(replica: Replica, inbox: PostgresInbox)], [RunID]) async throws -> Void
    ) async throws {
        let url = try await TestServer.database()
        let asks = try await PostgresStore.test(url, use: .shared(cluster: "tests"))
        var replicas: [(replica: Replica, inbox: PostgresInbox)] = []
        var runs: [RunID] = []
        for name in ["one", "two"] {
            let replica = try await Replica(url, name)
            replicas.append((replica, PostgresInbox(replica.store, leases: replica.leases)))
            var run = ContractRun("run-\(name)")
            try await run.append(1, to: replica.store)
            runs.append(run.id)
        }
        try await body(PostgresInbox(asks, leases: nil), replicas, runs)
        for (replica, _) in replicas { await replica.end() }
        await asks.close()
    }

    @Test("A command goes to whoever holds its run, in order, once; its answer to whoever asked")
    func delivery() async throws {
        try await withReplicas { asks, replicas, runs in
            let first = try await asks.put(command(runs[1]), key: "a").number
            let second = try await asks.put(command(runs[1]), key: "b").number
            #expect(try await asks.put(command(runs[1]), key: "a").number == first)
            #expect(try await replicas[0].inbox.take(most: 10, begins: 10).isEmpty)
            let taken = try await replicas[1].inbox.take(most: 10, begins: 10)
            #expect(taken.map(\.number) == [first, second])
            #expect(EngineCommand(bytes: taken[0].bytes)?.run == runs[1])
            #expect(try await replicas[1].inbox.take(most: 10, begins: 10).isEmpty)
            try await replicas[1].inbox.answer(first, [1, 2])
            let answers = try await asks.answers(to: [first, second, 99])
            // The second one waits; of one that was never there nothing can come.
            #expect(answers == [first: [1, 2], 99: nil])
            // The first answer stays.
            try await replicas[1].inbox.answer(first, [3])
            #expect(try await asks.answers(to: [first]) == [first: [1, 2]])
        }
    }

    @Test("What begins a run is taken by whoever has room, each by one; what a dead one took, by another")
    func beginnings() async throws {
        try await withReplicas { asks, replicas, _ in
            var numbers: [Int64] = []
            for index in 0..<6 {
                numbers.append(try await asks.put(start("new-\(index)"), key: "\(index)").number)
            }
            #expect(try await replicas[0].inbox.take(most: 10, begins: 0).isEmpty)
            let first = try await replicas[0].inbox.take(most: 10, begins: 2).map(\.number)
            let second = try await replicas[1].inbox.take(most: 10, begins: 10).map(\.number)
            #expect((first + second).sorted() == numbers)
            #expect(first.count == 2)
            await replicas[0].replica.leases.leave()
            #expect(try await replicas[1].inbox.take(most: 10, begins: 10).map(\.number) == first)
            // It is no replica any more, so it gets nothing.
            _ = try await asks.put(start("last"), key: "last").number
            #expect(try await replicas[0].inbox.take(most: 10, begins: 10).isEmpty)
        }
    }

    @Test(
        "A command for a run that nobody holds waits for whoever takes it up; for one that ended or isn't there, for none"
    )
    func waits() async throws {
        try await withReplicas { asks, replicas, runs in
            let number = try await asks.put(command(runs[0]), key: "a").number
            await replicas[0].replica.leases.leave()
            #expect(try await replicas[1].inbox.take(most: 10, begins: 0).isEmpty)
            _ = try await replicas[1].replica.leases.claim(limit: 10)
            #expect(try await replicas[1].inbox.take(most: 10, begins: 0).map(\.number) == [number])
            try await replicas[1].inbox.giveBack([number])
            #expect(try await replicas[1].inbox.take(most: 10, begins: 0).map(\.number) == [number])
            let missing = try await asks.put(command(RunID("nobody")), key: "b").number
            #expect(try await replicas[1].inbox.take(most: 10, begins: 0).map(\.number) == [missing])
        }
    }

    @Test("A command that nobody has taken can be taken back, any other can't")
    func withdrawal() async throws {
        try await withReplicas { asks, replicas, runs in
            let first = try await asks.put(command(runs[0]), key: "a").number
            #expect(try await asks.withdraw(first))
            #expect(try await asks.answers(to: [first]) == [first: nil])
            let place = try await asks.put(command(runs[0]), key: "a")
            let second = place.number
            #expect(second != first && place.isNew)
            #expect(
                try await asks.put(command(runs[0]), key: "a") == CommandPlace(number: second, isNew: false)
            )
            #expect(try await replicas[0].inbox.take(most: 10, begins: 0).count == 1)
            #expect(try await !asks.withdraw(second))
        }
    }

    @Test("News reaches those who listen, gathered, and from before they did")
    func news() async throws {
        try await withReplicas { asks, replicas, runs in
            let listening = Task { [inbox = replicas[0].inbox] in await inbox.follow() }
            // Listening begins with a ring: something may have been missed.
            #expect(await replicas[0].inbox.commands.wait(atMost: .seconds(10)))
            while await replicas[0].inbox.commands.wait(atMost: .milliseconds(200)) {}
            _ = try await asks.put(command(runs[0]), key: "a").number
            #expect(await replicas[0].inbox.commands.wait(atMost: .seconds(10)))
            listening.cancel()
            await listening.value
        }
    }

    @Test("Who asks has the answer as soon as it is there; when nobody takes it up, a refusal that says so")
    func client() async throws {
        try await withReplicas { asks, replicas, runs in
            let client = InboxClient(asks, patience: .seconds(1))
            let tasks = [
                Task { await client.run() }, Task { await asks.follow() },
                Task { [inbox = replicas[0].inbox] in
                    while !Task.isCancelled {
                        for item in (try? await inbox.take(most: 10, begins: 10)) ?? [] {
                            let run = EngineCommand(bytes: item.bytes)?.run ?? RunID("?")
                            let receipt = CommandReceipt(run: run, seq: 7, status: .running)
                            try? await inbox.answer(item.number, EngineAnswer.bytes(.success(receipt)))
                        }
                        try? await Task.sleep(for: .milliseconds(5))
                    }
                },
            ]
            let start = ContinuousClock.now
            let receipt = try await client.ask(command(runs[0]), key: "a").get()
            #expect(receipt == CommandReceipt(run: runs[0], seq: 7, status: .running))
            #expect(ContinuousClock.now - start < .milliseconds(800))
            // Asked again with the same key, and by many at the same time.
            try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        try await client.ask(command(runs[0]), key: index < 25 ? "a" : nil).get().seq
                    }
                }
                for try await seq in group { #expect(seq == 7) }
            }
            guard case .failure(let refusal) = await client.ask(command(runs[1]), key: nil) else {
                Issue.record("Somebody answered.")
                return
            }
            #expect(refusal.code == "engine.missing")
            _ = try await replicas[1].inbox.take(most: 10, begins: 10)
            async let silent = client.ask(command(runs[1]), key: nil)
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await replicas[1].inbox.take(most: 10, begins: 10).count == 1)
            guard case .failure(let late) = await silent else {
                Issue.record("Somebody answered.")
                return
            }
            #expect(late.code == "engine.silent")
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
        }
    }
}

@Suite("Postgres: clusters")
struct ClusterNameTests {
    @Test("Two clusters don't use one database at the same time; a name can be changed when nobody does")
    func names() async throws {
        let url = try await TestServer.database()
        let first = try await PostgresStore.test(url, use: .shared(cluster: "east"))
        let error = await refusal { () async throws(StoreError) in
            do { return try await PostgresStore.test(url, use: .shared(cluster: "west")) } catch {
                throw error as? StoreError ?? StoreError(.corrupt, "\(error)")
            }
        }
        #expect(error?.kind == .locked)
        #expect(
            error?.message.contains("the cluster \"east\" uses it, and this process is of \"west\"") == true
        )
        #expect(error?.hint.contains("cluster.name") == true)
        await first.close()
        let second = try await PostgresStore.test(url, use: .shared(cluster: "west"))
        try await PostgresStore.test(url, use: .shared(cluster: "west")).close()
        await second.close()
    }

    @Test(
        "A replica that was killed on this machine is gone at once for whoever is started there; others' time counts"
    )
    func killed() async throws {
        let url = try await TestServer.database()
        let dead = try await Replica(url, "dead", time: .seconds(600))
        let away = try await Replica(url, "away", time: .seconds(600))
        for replica in [dead, away] {
            var run = ContractRun("of-\(replica.leases.name)")
            try await run.append(1, to: replica.store)
        }
        let own = try #require(ProcessMark.own)
        #expect(!own.isGone)
        #expect(!ProcessMark(text: "").isGone)
        // A number that was given to another process since.
        let parts = own.text.split(separator: "/")
        let earlier = "\(parts[0])/\(parts[1])/\(parts[2])/1"
        #expect(ProcessMark(text: earlier).isGone)
        try await dead.store.pool.query(
            "UPDATE soma.replica SET process = CASE name WHEN 'dead' THEN $1 ELSE $2 END",
            [.text(earlier), .text("another/machine/17/1")]
        )
        let next = try await Replica(url, "next")
        #expect(try await next.leases.claim(limit: 10).map(\.run.rawValue) == ["of-dead"])
        for replica in [dead, away, next] { await replica.end() }
    }
}
