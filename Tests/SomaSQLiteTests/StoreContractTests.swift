import SomaSQLite
import SomaSimulation
import SomaTesting
import Testing

@Suite("Store contract")
struct StoreContractTests {
    @Test("holds for the store in SQLite", arguments: StoreContract.all)
    func sqlite(_ check: StoreContract.Case) async throws {
        try await withFolder { folder in
            try await check.run(SQLiteStore.open(folder + "/soma.db", options: .quick))
        }
    }

    @Test("holds for the store in memory", arguments: StoreContract.all)
    func memory(_ check: StoreContract.Case) async throws {
        try await check.run(MemoryStore())
    }

    @Test("holds for conversations in SQLite", arguments: ConversationContract.all)
    func conversations(_ check: ConversationContract.Case) async throws {
        try await withFolder { folder in
            let store = try await SQLiteStore.open(folder + "/soma.db", options: .quick)
            try await check.run(store)
            try await store.close()
        }
    }
}
