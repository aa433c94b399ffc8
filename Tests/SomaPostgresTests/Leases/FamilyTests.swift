import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

/// A run that another one delegated.
private struct ChildRun {
    var run: ContractRun
    let parent: RunID

    init(_ id: String, of parent: RunID, start: Int64 = 1_700_000_000) {
        run = ContractRun(id, start: start)
        self.parent = parent
    }

    /// Its next transitions.
    mutating func work(_ count: Int) -> [Transition] {
        run.work(count).map { transition in
            var transition = transition
            transition.parent = parent
            return transition
        }
    }
}

@Suite("Postgres: families")
struct FamilyTests {
    /// Epochs by run.
    private func epochs(_ store: PostgresStore) async throws -> [String: Int64] {
        var epochs: [String: Int64] = [:]
        for row in try await store.pool.query("SELECT id, epoch FROM soma.run") {
            epochs[try row.text(0)] = try row.int8(1)
        }
        return epochs
    }

    /// A root, a child, and the child's child, and a run by itself that is younger.
    private func database() async throws -> String {
        let url = try await TestServer.database()
        let store = try await PostgresStore.test(url)
        var root = ContractRun("root")
        var child = ChildRun("child", of: root.id, start: 1_700_000_100)
        var grandchild = ChildRun("grandchild", of: child.run.id, start: 1_700_000_200)
        var other = ContractRun("other", start: 1_700_000_300)
        try await root.append(2, to: store)
        let born = CommitGroup(
            run: root.id,
            transitions: root.work(1) + child.work(1),
            content: [],
            snapshots: []
        )
        _ = try await store.append([born])
        let next = child.work(1) + grandchild.work(1)
        _ = try await store.append([
            CommitGroup(run: child.run.id, transitions: next, content: [], snapshots: [])
        ])
        try await other.append(1, to: store)
        await store.close()
        return url
    }

    @Test("A family is taken as a whole, whatever was asked for, under one epoch")
    func whole() async throws {
        let replica = try await Replica(try await database(), "one")
        let first = try await replica.leases.claim(limit: 1)
        #expect(first.map(\.run.rawValue).sorted() == ["child", "grandchild", "root"])
        #expect(Set(first.map(\.epoch)) == [2])
        #expect(try await replica.leases.claim(limit: 10).map(\.run.rawValue) == ["other"])
        // Let go by any of its members.
        try await replica.leases.release([RunID("grandchild")])
        #expect(replica.leases.runs.map(\.rawValue) == ["other"])
        #expect(try await replica.leases.claim(limit: 10).map(\.epoch) == [3, 3, 3])
        await replica.end()
    }

    @Test("A child is born with the epoch that its family is held under")
    func birth() async throws {
        let url = try await database()
        let replica = try await Replica(url, "one")
        try await replica.leases.claim(limit: 10)
        try await replica.leases.release([RunID("root")])
        try await replica.leases.claim(limit: 10)
        var late = ChildRun("late", of: RunID("child"))
        let state = try #require(try await replica.store.run(RunID("child"), at: nil))
        let parents = Transition(
            run: state.id,
            seq: state.seq + 1,
            at: Timestamp(microseconds: 1_800_000_000_000_000),
            kind: .factObserved,
            parent: RunID("root")
        )
        _ = try await replica.store.append([
            CommitGroup(run: state.id, transitions: [parents] + late.work(1), content: [], snapshots: [])
        ])
        #expect(try await epochs(replica.store)["late"] == 3)
        _ = try await replica.store.append([late.run.group(late.work(2))])
        let rows = try await replica.store.number(
            "SELECT count(*) FROM soma.run WHERE root = (SELECT number FROM soma.run WHERE id = 'root')"
        )
        #expect(rows == 3)
        let other = try await Replica(url, "other")
        await replica.leases.leave()
        let taken = try await other.leases.claim(limit: 1)
        #expect(taken.map(\.run.rawValue).sorted() == ["child", "grandchild", "late", "root"])
        #expect(Set(taken.map(\.epoch)) == [4])
        await other.end()
        await replica.end()
    }

    @Test("Whoever is writing to one of a family keeps all of it for the moment, its newborn too")
    func locked() async throws {
        let url = try await database()
        let replica = try await Replica(url, "one")
        let writer = try await PostgresStore.test(url)
        var born = ChildRun("born", of: RunID("child"))
        let state = try #require(try await writer.run(RunID("child"), at: nil))
        let parents = Transition(
            run: state.id,
            seq: state.seq + 1,
            at: Timestamp(microseconds: 1_800_000_000_000_000),
            kind: .factObserved,
            parent: RunID("root")
        )
        let group = CommitGroup(
            run: state.id,
            transitions: [parents] + born.work(1),
            content: [],
            snapshots: []
        )
        let request = try AppendRequest(
            [group],
            book: LeaseBook(),
            options: PostgresStoreOptions(),
            address: ""
        )
        try await writer.pool.withConnection { connection throws(PostgresError) in
            try await connection.query("BEGIN")
            try await connection.query(AppendStatement.sql, AppendStatement([request]).parameters)
            do {
                // Fair is one half of what is seen.
                #expect(try await replica.leases.claim(limit: 10).map(\.run.rawValue) == ["other"])
            } catch { Issue.record("\(error)") }
            try await connection.query("COMMIT")
        }
        let taken = try await replica.leases.claim(limit: 10).map(\.run.rawValue)
        #expect(taken.sorted() == ["born", "child", "grandchild", "root"])
        await writer.close()
        await replica.end()
    }

    @Test("Families are shared as evenly as they can be without being split")
    func fair() async throws {
        let url = try await TestServer.database()
        let store = try await PostgresStore.test(url)
        for index in 0..<6 {
            var root = ContractRun("root-\(index)", start: 1_700_000_000 + Int64(index))
            var rows = root.work(1)
            for number in 0..<2 {
                var child = ChildRun("child-\(index)-\(number)", of: root.id)
                rows += child.work(1)
            }
            _ = try await store.append([
                CommitGroup(run: root.id, transitions: rows, content: [], snapshots: [])
            ])
        }
        await store.close()
        let first = try await Replica(url, "first")
        let second = try await Replica(url, "second")
        try await first.settle()
        try await second.settle()
        #expect(first.leases.runs.count == 9)
        #expect(second.leases.runs.count == 9)
        let families = Set(first.leases.runs.map { $0.rawValue.split(separator: "-")[1] })
        #expect(families.count == 3)
        await first.end()
        await second.end()
    }
}
