import SomaEngine
import Testing

@testable import SomaSQLite

@Suite("The write-ahead log")
struct CheckpointTests {
    @Test("doesn't grow with what is written")
    func bounded() async throws {
        try await withFolder { folder in
            var options = StoreOptions.quick
            options.checkpointPages = 16
            let path = folder + "/soma.db"
            let store = try await SQLiteStore.open(path, options: options)
            let written = Written(runs: 8, batches: 150)
            try await written.write(to: store)
            #expect(StoreFile.bytes(path + "-wal") < StoreFile.bytes(path))
            #expect(
                try await store.transitions(after: .start, limit: 10_000).count == written.transitions.count
            )
            #expect(try await store.check().problems == [])
            try await store.close()
            #expect(StoreFile.bytes(path + "-wal") == 0)
        }
    }
}
