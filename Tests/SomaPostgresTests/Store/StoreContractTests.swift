import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

@Suite("Postgres: store contract")
struct PostgresStoreContractTests {
    @Test("holds for the store in Postgres", arguments: StoreContract.all)
    func postgres(_ check: StoreContract.Case) async throws {
        let store = try await PostgresStore.test()
        do {
            try await check.run(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    @Test("holds for conversations in Postgres", arguments: ConversationContract.all)
    func conversations(_ check: ConversationContract.Case) async throws {
        let store = try await PostgresStore.test()
        do {
            try await check.run(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    @Test("holds for calls to tools in Postgres", arguments: ToolCallContract.all)
    func toolCalls(_ check: ToolCallContract.Case) async throws {
        let store = try await PostgresStore.test()
        do {
            try await check.run(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }
}
