import GRDBSQLite
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaSQLite

@Suite("When the disk refuses")
struct FailureTests {
    @Test("a full disk loses nothing, is named, and the store goes on when there is room")
    func full() async throws {
        try await withFolder { folder in
            var options = StoreOptions.quick
            options.pagesMax = 60
            let path = folder + "/soma.db"
            let store = try await SQLiteStore.open(path, options: options)
            let written = Written(runs: 4, batches: 60)
            var done = 0
            var refusal: StoreError?
            while refusal == nil, done < written.batches.count {
                let batch = written.batches[done]
                refusal = await storeError { () async throws(StoreError) in _ = try await store.append(batch)
                }
                if refusal == nil { done += 1 }
            }
            #expect(done > 0 && done < written.batches.count)
            #expect(refusal?.kind == .full)
            #expect(refusal?.message.contains("the disk is full. Nothing was lost") == true)
            #expect(refusal?.hint == "Make room; the store goes on by itself.")
            #expect(store.failure == nil)
            let kept = written.batches[..<done].flatMap { $0 }.flatMap(\.transitions)
            #expect(try await store.transitions(after: .start, limit: 10_000).map(\.transition) == kept)
            let batch = written.batches[done]
            let again = await storeError { () async throws(StoreError) in _ = try await store.append(batch) }
            #expect(again == refusal)
            // What was formed behind it isn't written before it, and would not even be looked at for room.
            let turn = CommitTurn()
            let first = await storeError { () async throws(StoreError) in
                _ = try await store.append(batch, in: turn)
            }
            #expect(first == refusal)
            let next = try #require(written.batches.dropFirst(done + 1).first)
            #expect(try await store.append(next, in: CommitTurn(after: turn)) == nil)
            #expect(try await store.transitions(after: .start, limit: 10_000).map(\.transition) == kept)

            let connection = try #require(store.writing?.connection)
            try await connection.perform("make room in") { try $0.run("PRAGMA max_page_count=100000") }
            try await written.write(to: store, from: done)
            #expect(try await Set(store.runs(RunFilter())) == Set(written.runs.map(\.state)))
            #expect(try await store.check().problems == [])
            try await store.close()
        }
    }

    @Test("after one failed fsync nothing is written any more, and it says why")
    func untrusted() async throws {
        try await withFolder { folder in
            let store = try await SQLiteStore.open(folder + "/soma.db", options: .quick)
            let written = Written(runs: 1, batches: 3)
            try await written.write(to: store, to: 1)
            let writer = try #require(store.writing?.writer)
            #expect(throws: SQLFailure.self) {
                try writer.guarded("write to") {
                    throw SQLFailure(code: SQLITE_IOERR | 4 << 8, message: "disk I/O error")
                }
            }
            let failure = try #require(store.failure)
            #expect(failure.kind == .unavailable)
            #expect(failure.message.contains("takes no more writes, because one failed"))
            #expect(failure.message.contains("disk I/O error"))
            let memory = Memory(
                run: RunID("r"),
                workspace: "/",
                at: Timestamp(microseconds: 0),
                title: "t",
                text: "t"
            )
            let refusals = [
                await storeError { () async throws(StoreError) in
                    _ = try await store.append(written.batches[1])
                },
                await storeError { () async throws(StoreError) in
                    _ = try await store.idempotent(key: "k", answer: [1])
                },
                await storeError { () async throws(StoreError) in try await store.remember(memory) },
            ]
            #expect(refusals == [failure, failure, failure])
            let kept = written.batches[0].flatMap(\.transitions)
            #expect(try await store.transitions(after: .start, limit: 100).map(\.transition) == kept)
            let files = ["/soma.db", "/soma.db-wal"].map { StoreFile.bytes(folder + $0) }
            try await store.close()
            #expect(["/soma.db", "/soma.db-wal"].map { StoreFile.bytes(folder + $0) } == files)
            let next = try await SQLiteStore.open(folder + "/soma.db", options: .quick)
            #expect(try await next.transitions(after: .start, limit: 100).map(\.transition) == kept)
            try await next.close()
        }
    }

    @Test("a head that was changed behind the store's back is damage, not a conflict")
    func changedHead() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let written = Written(runs: 1, batches: 3)
            let first = try await SQLiteStore.open(path, options: .quick)
            try await written.write(to: first, to: 2)
            try await first.close()
            try change(path, ["UPDATE run SET seq = seq + 1"])
            let store = try await SQLiteStore.open(path, options: .quick)
            let error = await storeError { () async throws(StoreError) in
                _ = try await store.append(written.batches[2])
            }
            #expect(error?.kind == .corrupt)
            #expect(error?.message.contains("run run-0 ends at") == true)
            try await store.close()
        }
    }

    @Test("another program's lock on the file is named, and harmless")
    func busy() async throws {
        try await withFolder { folder in
            let store = try await SQLiteStore.open(folder + "/soma.db", options: .quick)
            let written = Written(runs: 1, batches: 2)
            try await written.write(to: store, to: 1)
            let connection = try #require(store.writing?.connection)
            try await connection.perform("hurry") { _ = sqlite3_busy_timeout(try $0.handle(), 0) }
            let other = try OtherProgram(locking: folder + "/soma.db")
            let error = await storeError { () async throws(StoreError) in
                _ = try await store.append(written.batches[1])
            }
            #expect(error?.message.contains("another program keeps it locked") == true)
            try other.unlock()
            try await written.write(to: store, from: 1)
            try await store.close()
        }
    }
}
