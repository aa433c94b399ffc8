import Foundation
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaSQLite

@Suite("Caring for a store")
struct CareTests {
    @Test("a healthy store has no problems, and its counts are right")
    func healthy() async throws {
        try await withFolder { folder in
            let written = Written(runs: 4, batches: 20)
            var options = StoreOptions.quick
            options.version = "1.2.3"
            let store = try await SQLiteStore.open(folder + "/soma.db", options: options)
            try await written.write(to: store)
            let report = try await store.check()
            #expect(report.problems == [])
            #expect(report.schema == 3)
            #expect(report.createdBy == "1.2.3")
            #expect(report.writtenBy == "1.2.3")
            #expect(report.statesCompared == 4)
            var expected = report.statistics
            expected.runs = 4
            expected.unfinishedRuns = 4
            expected.transitions = written.transitions.count
            expected.content = written.words.count
            expected.memories = 0
            expected.head = Position(Int64(written.transitions.count))
            #expect(report.statistics == expected)
            #expect(report.statistics.fileBytes > 0 && report.statistics.logBytes > 0)
            #expect(report.statistics.bytesPerTransition > 0)
            #expect(StoreStatistics().bytesPerTransition == 0)
            try await store.close()
        }
    }

    @Test(
        "damage is found and named",
        arguments: [
            ("DELETE FROM transition WHERE run = 1 AND seq = 3", "Run run-0 should have transitions"),
            ("UPDATE run SET seq = seq - 1 WHERE number = 2", "Run run-1 should have transitions"),
            ("DELETE FROM run WHERE number = 1", "Rows belong to run number 1"),
            (
                "UPDATE transition SET event = replace(event, 'local', 'total') WHERE position = 5",
                "p5 can't be read"
            ),
            ("UPDATE transition SET event = 'x' WHERE position = 5", "its bytes have changed"),
            ("UPDATE content SET words = x'00' WHERE number = 3", "content number 3 have changed"),
            ("UPDATE snapshot SET state = '{}' WHERE run = 1", "the bytes of its stored state have changed"),
            ("UPDATE transition SET seq = seq + 100 WHERE position = 9", "p9 can't be read: it is run"),
        ]
    )
    func damage(sql: String, expected: String) async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let store = try await SQLiteStore.open(path, options: .quick)
            try await Written(runs: 2, batches: 20).write(to: store)
            try await store.close()
            try change(path, [sql])
            let damaged = try await SQLiteStore.open(readOnly: path)
            let problems = try await damaged.check().problems
            #expect(problems.contains { $0.contains(expected) }, "\(problems)")
            try await damaged.close()
        }
    }

    @Test("a stored state that isn't the fold of the log is found, and one of another version is passed over")
    func states() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let written = Written(runs: 2, batches: 20)
            let store = try await SQLiteStore.open(path, options: .quick)
            try await written.write(to: store)
            var state = try #require(
                try await store.reader.perform("read") { session in
                    try session.first("SELECT state FROM snapshot WHERE run = 1") { $0.text(0) }
                }
            )
            try await store.close()
            state = state.replacing("researcher", with: "operator")
            let later = "{\"shape\":\"of a later version\"}"
            try change(
                path,
                [
                    "UPDATE snapshot SET state = '\(state)', checksum = \(Checksum.of(Array(state.utf8))) WHERE run = 1",
                    "UPDATE snapshot SET state = '\(later)', checksum = \(Checksum.of(Array(later.utf8))) WHERE run = 2",
                ]
            )
            let damaged = try await SQLiteStore.open(path, options: .quick)
            let report = try await damaged.check()
            #expect(report.problems == ["The stored state of run run-0 is not the fold of its log."])
            #expect(report.statesCompared == 1)
            #expect(try await damaged.run(written.runs[1].id, at: nil) == written.runs[1].state)
            #expect(try await damaged.runs(RunFilter(limit: 1)) == [written.runs[1].state])
            try await damaged.close()
        }
    }

    @Test("a backup made while runs go on is a whole store")
    func backup() async throws {
        try await withFolder { folder in
            let written = Written(runs: 4, batches: 200)
            let store = try await SQLiteStore.open(folder + "/soma.db", options: .quick)
            try await written.write(to: store, to: 100)
            let head = try await store.head()
            async let rest: Void = written.write(to: store, from: 100)
            try await store.backup(to: folder + "/copy.db")
            try await rest
            let copy = try await SQLiteStore.open(folder + "/copy.db", options: .quick)
            #expect(try await copy.head() >= head)
            #expect(try await copy.check().problems == [])
            let log = try await copy.transitions(after: .start, limit: 10_000).map(\.transition)
            #expect(written.transitions.starts(with: log))
            #expect(try await copy.contentSecret() == store.contentSecret())
            try await copy.close()

            let error = await storeError { () async throws(StoreError) in
                try await store.backup(to: folder + "/copy.db")
            }
            #expect(error?.message.contains("there is a file of that name") == true)
            let nowhere = await storeError { () async throws(StoreError) in
                try await store.backup(to: folder + "/absent/copy.db")
            }
            #expect(nowhere?.kind == .unavailable)
            #expect(!FileManager.default.fileExists(atPath: folder + "/copy.db.partial"))
            try await store.close()
            let reader = try await SQLiteStore.open(readOnly: folder + "/soma.db")
            try await reader.backup(to: folder + "/second.db")
            try await reader.close()
            let second = try await SQLiteStore.open(readOnly: folder + "/second.db")
            #expect(try await second.runs(RunFilter()).count == 4)
            try await second.close()
        }
    }
}
