/// Keeps what is quicker to look up than to work out again, for a while and for all processes.
///
/// It may forget anything at any time, so nobody may rely on it: a miss is what happens, and never an error.
package struct SessionCache: Sendable {
    /// Bytes of a value; larger ones aren't kept.
    package static let valueBytesMax = 1 << 20

    private let client: RedisClient?
    private let prefix: String

    /// - Parameters:
    ///   - client: Where it is kept; nil for a cache that knows nothing.
    ///   - prefix: What its keys begin with.
    package init(_ client: RedisClient?, prefix: String) {
        (self.client, self.prefix) = (client, prefix)
    }

    /// What is kept under a key; nil where that isn't known.
    package func value(of key: String) async -> [UInt8]? {
        guard let client else { return nil }
        return (try? await client.send(RedisCommand("GET", name(key))))?.bytes
    }

    /// Keeps a value for at most `life`.
    package func keep(_ value: [UInt8], as key: String, for life: Duration) async {
        guard let client, value.count <= Self.valueBytesMax else { return await forget(key) }
        let command = RedisCommand("SET", name(key)).adding(value).adding("PX").adding(
            "\(max(life.milliseconds, 1))"
        )
        // What was there before may be another value now.
        if (try? await client.send(command)) == nil { await forget(key) }
    }

    /// Keeps a key no longer.
    package func forget(_ key: String) async {
        _ = try? await client?.send(RedisCommand("DEL", name(key)))
    }

    private func name(_ key: String) -> String { "\(prefix):cache:\(key)" }
}
