import RedisFixture
import SomaRedis
import Testing

/// Asks until it is so; fails when it doesn't become so.
func eventually(
    _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ isSo: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// How long something took.
func timed(_ body: () async throws -> Void) async rethrows -> Duration {
    let start = ContinuousClock.now
    try await body()
    return ContinuousClock.now - start
}

extension RedisClient {
    /// A client of a test's server, once it has answered.
    static func connected(
        to server: TestRedis,
        timeout: Duration = .seconds(5),
        note: @escaping @Sendable (RedisError?) -> Void = { _ in }
    ) async throws -> RedisClient {
        var options = try RedisOptions(url: server.url)
        options.timeout = timeout
        options.backoff = .milliseconds(10) ... .milliseconds(100)
        let client = try RedisClient(options, note: note)
        try await eventually("the client connects") { client.isUp }
        return client
    }
}

/// The error that a call ends with.
func failure(_ body: () async throws -> Void) async throws -> RedisError {
    try #require(await #expect(throws: RedisError.self) { try await body() })
}
