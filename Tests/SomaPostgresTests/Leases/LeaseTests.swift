import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

/// A replica with connections of its own.
struct Replica: Sendable {
    let store: PostgresStore
    let leases: PostgresLeases

    init(_ url: String, _ name: String, time: Duration = .seconds(30)) async throws {
        store = try await PostgresStore.test(url, use: .shared(cluster: "tests"))
        leases = try await PostgresLeases.join(store, name: name, time: time)
    }

    /// Gives others what is theirs, and takes what is free.
    func settle() async throws {
        let surplus = try await leases.renew().surplus
        try await leases.release(Array(leases.runs.sorted().prefix(surplus)))
        _ = try await leases.claim(limit: 1000)
    }

    func end() async {
        await leases.leave()
        await store.close()
    }
}

@Suite("Postgres: leases")
struct LeaseTests {
    /// A database with unfinished runs that nobody holds.
    private func database(runs: Int) async throws -> (url: String, runs: [ContractRun]) {
        let url = try await TestServer.database()
        let store = try await PostgresStore.test(url)
        var all: [ContractRun] = []
        for index in 0..<runs {
            var run = ContractRun("run-\(index)", start: 1_700_000_000 + Int64(index))
            try await run.append(1, to: store)
            all.append(run)
        }
        await store.close()
        return (url, all)
    }

    @Test("The oldest runs are taken first, each by one only, and no more than asked for")
    func claim() async throws {
        let (url, _) = try await database(runs: 6)
        let replica = try await Replica(url, "one")
        #expect(try await replica.leases.claim(limit: 2).map(\.run.rawValue).sorted() == ["run-0", "run-1"])
        let rest = try await replica.leases.claim(limit: 100)
        #expect(rest.count == 4)
        #expect(rest.allSatisfy { $0.epoch == 2 && $0.seq == 1 })
        #expect(try await replica.leases.claim(limit: 100) == [])
        await replica.end()
    }

    @Test(
        "Unfinished runs are shared to within one, also when replicas come and go",
        arguments: [(2, 7), (3, 10), (4, 4), (5, 23)]
    )
    func fair(replicas count: Int, runs: Int) async throws {
        let (url, _) = try await database(runs: runs)
        var replicas: [Replica] = []
        for index in 0..<count {
            replicas.append(try await Replica(url, "replica-\(index)"))
            // The first ones have taken more than will be theirs.
            try await replicas[index].settle()
        }
        for _ in 0..<2 { for replica in replicas { try await replica.settle() } }
        func shares() -> [Int] { replicas.map(\.leases.runs.count).sorted() }
        #expect(shares().reduce(0, +) == runs)
        #expect((shares().last ?? 0) - (shares().first ?? 0) <= 1)
        await replicas.removeFirst().end()
        for _ in 0..<2 { for replica in replicas { try await replica.settle() } }
        #expect(shares().reduce(0, +) == runs)
        #expect((shares().last ?? 0) - (shares().first ?? 0) <= 1)
        for replica in replicas { await replica.end() }
    }

    @Test("What a replica lets go when it leaves is taken at once, and ended runs by nobody")
    func drain() async throws {
        var (url, runs) = try await database(runs: 5)
        let first = try await Replica(url, "first", time: .seconds(600))
        try await first.settle()
        #expect(first.leases.runs.count == 5)
        let second = try await Replica(url, "second", time: .seconds(600))
        #expect(try await second.leases.claim(limit: 10) == [])
        runs[0].next(.runCompleted)
        _ = try await first.store.append([runs[0].group([runs[0].transitions[1]])])
        #expect(first.leases.runs.count == 4)
        await first.leases.leave()
        #expect(!first.leases.isValid)
        #expect(try await second.leases.claim(limit: 10).count == 4)
        // Late facts of a run that ended are taken from anybody who knows where its log ends.
        runs[0].next(.factObserved)
        _ = try await second.store.append([runs[0].group([runs[0].transitions[2]])])
        await first.end()
        await second.end()
    }

    @Test("A replica that was paused beyond its time finds its runs taken, and writes nothing")
    func paused() async throws {
        var (url, runs) = try await database(runs: 2)
        let paused = try await Replica(url, "paused", time: .milliseconds(200))
        try await paused.settle()
        _ = try await paused.store.append([runs[0].group(runs[0].work(1))])
        let other = try await Replica(url, "other")
        let isTaken = try await eventually {
            try await other.leases.claim(limit: 10)
            return other.leases.runs.count == 2
        }
        #expect(isTaken)
        #expect(!paused.leases.isValid)
        let late = runs[0].group(runs[0].work(1))
        let error = await refusal { () async throws(StoreError) in try await paused.store.append([late]) }
        #expect(error?.kind == .conflict)
        #expect(error?.message.contains("another replica has taken it over (its epoch is 3, ours 2)") == true)
        #expect(try await other.store.run(runs[0].id, at: nil)?.seq == 2)
        #expect(
            await refusal { () async throws(StoreError) in try await paused.leases.renew() }?.kind == .locked
        )
        #expect(paused.leases.runs == [])
        _ = try await other.store.append([late])
        // Joined anew it gets its share.
        try await paused.leases.rejoin()
        for _ in 0..<2 {
            try await other.settle()
            _ = try await paused.leases.claim(limit: 10)
        }
        #expect(paused.leases.runs.count == 1)
        await paused.end()
        await other.end()
    }

    @Test("A run that begins here is held from its first transition on, and its children too")
    func born() async throws {
        let (url, _) = try await database(runs: 0)
        let first = try await Replica(url, "first")
        let second = try await Replica(url, "second")
        var parent = ContractRun("parent")
        var child = ContractRun("child")
        let rows = parent.work(2) + child.work(2)
        let group = CommitGroup(run: parent.id, transitions: rows, content: [], snapshots: [])
        _ = try await first.store.append([group])
        #expect(first.leases.runs.sorted() == [child.id, parent.id])
        #expect(try await second.leases.claim(limit: 10) == [])
        let foreign = child.group(child.work(1))
        let error = await refusal { () async throws(StoreError) in try await second.store.append([foreign]) }
        #expect(error?.kind == .conflict)
        _ = try await first.store.append([foreign])
        await first.end()
        await second.end()
    }

    @Test("Runs that a claim took without our learning of it are let go", arguments: [true, false])
    func uncertain(isKnown: Bool) async throws {
        let (url, _) = try await database(runs: 4)
        let replica = try await Replica(url, "one")
        let id = try await replica.store.number("SELECT max(id) FROM soma.replica")
        // As after a connection that was lost with the answer.
        try await replica.store.pool.query("SELECT * FROM soma.claim($1, 3)", [.int8(id)])
        #expect(replica.leases.runs == [])
        // Where nothing has failed it is found out, because the server counts more than are known here.
        if isKnown { replica.leases.doubt() } else { try await replica.leases.renew() }
        #expect(try await replica.leases.claim(limit: 10).count == 4)
        #expect(replica.leases.runs.count == 4)
        await replica.end()
    }

    @Test("Replicas don't come all at once", arguments: [1, 2, 3] as [UInt64])
    func jitter(seed: UInt64) async throws {
        let (url, _) = try await database(runs: 0)
        let replica = try await Replica(url, "one", time: .seconds(6))
        var generator = SystemRandomNumberGenerator()
        let pauses = (0..<100).map { _ in replica.leases.pause(using: &generator) }
        #expect(pauses.allSatisfy { $0 >= .seconds(1.4) && $0 <= .seconds(2) })
        #expect(Set(pauses).count > 90)
        await replica.end()
    }
}

/// Appends to what it holds, and is now and then away for longer than its leases last.
private func work(_ replica: Replica, _ runs: [RunID], _ isOver: Flag, _ written: Counter) async throws {
    var generator = SystemRandomNumberGenerator()
    while !isOver.value {
        do throws(StoreError) {
            let standing = try await replica.leases.renew()
            try await replica.leases.release(Array(replica.leases.runs.shuffled().prefix(standing.surplus)))
            _ = try await replica.leases.claim(limit: 3)
        } catch {
            guard error.kind == .locked else { throw error }
            try await replica.leases.rejoin()
        }
        for run in replica.leases.runs {
            let epoch = replica.store.book.epoch(of: run)
            guard epoch > 0, let state = try await replica.store.run(run, at: nil) else { continue }
            // A pause right before the append is the worst one.
            if Int.random(in: 0..<40, using: &generator) == 0 {
                try await Task.sleep(for: .milliseconds(400))
            }
            let transition = Transition(
                run: run,
                seq: state.seq + 1,
                at: Timestamp(microseconds: 1_800_000_000_000_000),
                kind: .factObserved,
                body: ["by": .string(replica.leases.name), "epoch": .int(epoch)]
            )
            do throws(StoreError) {
                let group = CommitGroup(run: run, transitions: [transition], content: [], snapshots: [])
                _ = try await replica.store.append([group])
                written.add()
            } catch { guard error.kind == .conflict else { throw error } }
        }
    }
    await replica.end()
}

extension LeaseTests {
    @Test(
        "No run has two holders, whoever is paused: in each log epochs rise, and each is one replica's",
        arguments: [2, 5]
    )
    func exclusive(count: Int) async throws {
        let (url, runs) = try await database(runs: 8)
        let isOver = Flag()
        let written = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                let replica = try await Replica(url, "replica-\(index)", time: .milliseconds(250))
                group.addTask { try await work(replica, runs.map(\.id), isOver, written) }
            }
            group.addTask {
                try await Task.sleep(for: .seconds(3))
                isOver.set()
            }
            try await group.waitForAll()
        }
        let store = try await PostgresStore.test(url)
        var takeovers = 0
        var count = 0
        for run in runs {
            var last: (epoch: Int64, by: String)?
            for stored in try await store.transitions(of: run.id, after: 1, limit: .max) {
                let body = stored.transition.body
                let now = (
                    epoch: Int64(try #require(body["epoch"]?.int)), by: try #require(body["by"]?.string)
                )
                if let last {
                    #expect(now.epoch >= last.epoch)
                    if now.epoch == last.epoch { #expect(now.by == last.by) } else { takeovers += 1 }
                }
                last = now
                count += 1
            }
        }
        #expect(count == written.value)
        #expect(takeovers > 0)
        #expect(try await store.check(isThorough: true).problems == [])
        await store.close()
    }
}
