import SomaCore
import SomaSimulation
import SomaTesting
import Testing

@testable import SomaEngine

@Suite("Following the log")
struct LogFollowerTests {
    private func follower(_ store: MemoryStore) async throws -> LogFollower {
        try await LogFollower(store) { position, limit async throws(StoreError) in
            try await store.transitions(after: position, limit: limit)
        }
    }

    @Test("It begins with what is there, and shows what comes, whoever wrote it")
    func follows() async throws {
        let store = MemoryStore()
        var old = ContractRun("old")
        _ = try await store.append([old.group(old.work(3))])
        let follower = try await follower(store)
        let start = follower.hub.cursor
        var meanwhile = ContractRun("meanwhile")
        _ = try await store.append([meanwhile.group(meanwhile.work(2))])
        try await follower.begin()
        #expect(await follower.state(of: old.id) == old.state)
        #expect(await follower.state(of: meanwhile.id) == meanwhile.state)
        let task = Task { await follower.run() }
        var new = ContractRun("new")
        _ = try await store.append([new.group(new.work(4)), old.group(old.work(1))])
        follower.bell.ring()
        await follower.wait(for: new.id, seq: 4, atMost: .seconds(10))
        await follower.wait(for: old.id, seq: 4, atMost: .seconds(10))
        let snapshot = await follower.snapshot()
        #expect(snapshot.fleet.runs.map(\.seq).sorted() == [2, 4, 4])
        #expect(snapshot.position == (try await store.head()))
        // From where it began, without gap or repeat.
        let log = try await store.transitions(after: start.position, limit: 100)
        #expect(follower.hub.news(since: start).transitions == log)
        // Not told, it looks by itself.
        _ = try await store.append([new.group(new.work(1))])
        await follower.wait(for: new.id, seq: 5, atMost: .seconds(10))
        #expect(await follower.state(of: new.id)?.seq == 5)
        task.cancel()
        await task.value
        #expect(follower.hub.isClosed)
    }

    @Test("Who waits for what doesn't come goes on after a while")
    func impatient() async throws {
        let follower = try await follower(MemoryStore())
        let task = Task { await follower.run() }
        let start = ContinuousClock.now
        await follower.wait(for: RunID("none"), seq: 1, atMost: .milliseconds(50))
        #expect(ContinuousClock.now - start < .seconds(5))
        task.cancel()
        await task.value
    }
}
