import SomaEngine
import SomaSQLite
import SomaTesting
import Testing

@Suite("How a store was left")
struct LeavingTests {
    @Test("in order only where somebody said so last, also to whoever only reads")
    func order() async throws {
        try await withFolder { folder in
            let path = folder + "/soma.db"
            let written = Written()
            var store = try await SQLiteStore.open(path, options: .quick)
            #expect(try await !store.wasLeftInOrder())
            try await written.write(to: store, to: 10)
            #expect(try await !store.wasLeftInOrder())
            try await store.leaveInOrder()
            try await store.close()
            store = try await SQLiteStore.open(path, options: .quick)
            #expect(try await store.wasLeftInOrder())
            let reader = try await SQLiteStore.open(readOnly: path)
            #expect(try await reader.wasLeftInOrder())
            try await reader.close()
            // Whoever opens it and ends without a word has changed nothing.
            try await store.close()
            store = try await SQLiteStore.open(path, options: .quick)
            #expect(try await store.wasLeftInOrder())
            try await written.write(to: store, from: 10, to: 11)
            #expect(try await !store.wasLeftInOrder())
            try await store.close()
            store = try await SQLiteStore.open(path, options: .quick)
            #expect(try await !store.wasLeftInOrder())
            try await store.leaveInOrder()
            #expect(try await store.wasLeftInOrder())
            try await store.close()
        }
    }
}
