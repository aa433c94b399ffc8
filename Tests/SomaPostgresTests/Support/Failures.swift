import PostgresFixture

@testable import SomaPostgres

/// The error that `body` throws; `nil` when it doesn't.
func failure<Value: Sendable>(
    of body: () async throws(PostgresError) -> Value
) async -> PostgresError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

/// Waits until `condition` holds, looking every few milliseconds; false when it doesn't within ten seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}

extension PostgresPool {
    /// A pool on a database of its own.
    static func test(_ change: (inout PostgresOptions) -> Void = { _ in }) async throws -> PostgresPool {
        var options = try PostgresOptions(url: await TestServer.database())
        change(&options)
        return try PostgresPool(options)
    }
}
