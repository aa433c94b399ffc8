import Foundation
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaSQLite

/// What a loss of power leaves: the file, and some of the write-ahead log.
private struct Remains {
    let file: Data
    let log: Data
    /// How long the log was when each batch was acknowledged.
    let acknowledged: [Int]
    let written: Written

    static func make() async throws -> Remains {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let written = Written(runs: 2, batches: 12)
            let store = try await SQLiteStore.open(path, options: .quick)
            var acknowledged: [Int] = []
            for batch in written.batches {
                _ = try await store.append(batch)
                acknowledged.append(StoreFile.bytes(path + "-wal"))
            }
            let remains = Remains(
                file: try Data(contentsOf: URL(fileURLWithPath: path)),
                log: try Data(contentsOf: URL(fileURLWithPath: path + "-wal")),
                acknowledged: acknowledged,
                written: written
            )
            try await store.close()
            return remains
        }
    }

    /// Opens what is left with another log, and gives how many whole batches are there.
    func batches(with log: Data) async throws -> Int {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            try file.write(to: URL(fileURLWithPath: path))
            try log.write(to: URL(fileURLWithPath: path + "-wal"))
            let store = try await SQLiteStore.open(path, options: .quick)
            let found = try await store.transitions(after: .start, limit: 10_000).map(\.transition)
            #expect(written.transitions.starts(with: found))
            var count = 0
            var rest = found.count
            while rest > 0 {
                rest -= written.batches[count].flatMap(\.transitions).count
                count += 1
            }
            #expect(rest == 0, "a batch is there in part")
            for run in written.runs where !found.isEmpty {
                let log = found.filter { $0.run == run.id }
                let state = log.reduce(into: RunState(id: run.id)) { $0.apply($1) }
                #expect(try await store.run(run.id, at: nil) == state)
            }
            let ids = Array(written.words.prefix(count * written.runs.count).map(\.id))
            #expect(try await store.content(ids).count == ids.count)
            #expect(try await store.check().problems == [])
            // It goes on from where it is.
            try await written.write(to: store, from: count)
            #expect(try await Set(store.runs(RunFilter())) == Set(written.runs.map(\.state)))
            try await store.close()
            return count
        }
    }
}

@Suite("After a crash")
struct CrashTests {
    @Test("a log that is cut anywhere keeps every batch that was acknowledged before the cut, whole")
    func cut() async throws {
        let remains = try await Remains.make()
        var generator = Seeded(11)
        let ends = remains.acknowledged + [0, 1, 31, 32, 33, remains.log.count]
        let places = ends + (0..<30).map { _ in Int.random(in: 0..<remains.log.count, using: &generator) }
        for place in places {
            let found = try await remains.batches(with: remains.log.prefix(place))
            #expect(found == remains.acknowledged.count { $0 <= place }, "cut at \(place)")
        }
    }

    @Test("a log with a changed byte keeps what is before the change, whole, and nothing false")
    func flipped() async throws {
        let remains = try await Remains.make()
        var generator = Seeded(12)
        for _ in 0..<40 {
            let place = Int.random(in: 0..<remains.log.count, using: &generator)
            var log = remains.log
            log[place] ^= UInt8.random(in: 1...255, using: &generator)
            let found = try await remains.batches(with: log)
            #expect(found >= remains.acknowledged.count { $0 <= place }, "changed at \(place)")
        }
    }

    @Test("a file with changed bytes gives an error or the right answer, and no crash", arguments: 0..<80)
    func damaged(seed: UInt64) async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let written = Written(runs: 3, batches: 12)
            let first = try await SQLiteStore.open(path, options: .quick)
            try await written.write(to: first)
            try await first.close()
            var generator = Seeded(seed)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: 0...255,
                    using: &generator
                )
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            let store: SQLiteStore
            do throws(StoreError) {
                store = try await SQLiteStore.open(path, options: .quick)
            } catch {
                return #expect([.corrupt, .newer, .unavailable].contains(error.kind))
            }
            await expectRightOrRefused(store, written)
            // Damage that is met while closing leaves the log for the next start.
            _ = await storeError { () async throws(StoreError) in try await store.close() }
        }
    }

    private func expectRightOrRefused(_ store: SQLiteStore, _ written: Written) async {
        let states = Dictionary(uniqueKeysWithValues: written.runs.map { ($0.id, $0.state) })
        for run in written.runs {
            if let found = try? await store.run(run.id, at: nil) { #expect(found == run.state) }
            if let found = try? await store.transitions(of: run.id, after: 0, limit: 1000) {
                #expect(run.transitions.starts(with: found.map(\.transition)))
            }
        }
        for state in (try? await store.runs(RunFilter())) ?? [] { #expect(state == states[state.id]) }
        let all = Set(written.transitions)
        for stored in (try? await store.transitions(after: .start, limit: 1000)) ?? [] {
            #expect(all.contains(stored.transition))
        }
        for words in written.words {
            if let found = try? await store.content([words.id])[words.id] { #expect(found == words.words) }
        }
        _ = try? await store.check()
        _ = try? await store.recall("words", workspace: "/", limit: 3)
        _ = try? await store.append([
            CommitGroup(run: RunID("new"), transitions: [], content: [], snapshots: [])
        ])
    }
}
