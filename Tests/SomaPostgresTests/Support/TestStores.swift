import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting

@testable import SomaPostgres

extension PostgresStore {
    /// A store in a database of its own, or in a given one.
    static func test(
        _ url: String? = nil,
        use: PostgresStoreOptions.Use = .open,
        _ change: (inout PostgresStoreOptions) -> Void = { _ in }
    ) async throws -> PostgresStore {
        var options = PostgresStoreOptions()
        options.use = use
        // Tests that run beside this one keep the log's end back for moments.
        options.horizonWait = .seconds(10)
        change(&options)
        let url = if let url { url } else { try await TestServer.database() }
        return try await open(url, options: options)
    }

    /// The number that a query gives.
    func number(_ sql: String) async throws -> Int64 {
        try await pool.query(sql).first?.int8(0) ?? 0
    }
}

/// What a store throws; `nil` when it doesn't.
func refusal<Value: Sendable>(_ body: () async throws(StoreError) -> Value) async -> StoreError? {
    do throws(StoreError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

extension ContractRun {
    /// Makes the next `count` transitions and appends them.
    mutating func append(_ count: Int, to store: some EventStore, snapshot: Bool = false)
        async throws(StoreError)
    {
        let rows = work(count)
        _ = try await store.append([group(rows, snapshot: snapshot)])
    }
}
