import Synchronization

/// Limits how often something may happen, over all processes that use the same Redis.
///
/// The buckets are in Redis and filled by its clock. While it is away each process counts for itself: limits get
/// coarser then, and nothing fails.
package final class SharedLimiter: Sendable {
    /// Microseconds for which a refusal is remembered at most, so that a flood doesn't reach Redis.
    private static let memoryMax: Int64 = 1_000_000

    private let client: RedisClient?
    private let rate: TokenRate
    private let prefix: String
    private let local = LocalBuckets()
    /// Until when a key gets nothing, as Redis said.
    private let refused = Mutex<[String: Int64]>([:])
    private let start = ContinuousClock.now
    private let trouble = Mutex(RefusalNotes())
    private let note: @Sendable (RedisError) -> Void

    /// - Parameters:
    ///   - client: Where the buckets are shared; nil for buckets of this process alone.
    ///   - prefix: What their keys begin with; those with the same one share a limit.
    ///   - note: Is told once what a server that is there refuses to do for it; of what comes and goes, once a minute.
    package init(
        _ client: RedisClient?,
        rate: TokenRate,
        prefix: String,
        note: @escaping @Sendable (RedisError) -> Void = { _ in }
    ) {
        (self.client, self.rate, self.prefix, self.note) = (client, rate, prefix, note)
    }

    /// Takes a token of a key's bucket; where there is none, it gives the time that one takes to come.
    package func take(_ key: String) async -> Duration? {
        await (client == nil ? takeLocally(key) : takeShared(key)).map { .microseconds($0) }
    }

    private func takeLocally(_ key: String) -> Int64? { local.take(key, at: now, rate) }

    private func takeShared(_ key: String) async -> Int64? {
        if let left = remembered(key) { return left }
        let command = RedisCommand(
            "EVAL",
            Self.script,
            "1",
            "\(prefix):limit:\(key)",
            "\(rate.interval)",
            "\(rate.capacity)"
        )
        do throws(RedisError) {
            guard let wait = try await client?.send(command).integer else { return takeLocally(key) }
            trouble.withLock { $0.ends() }
            guard wait > 0 else { return nil }
            remember(key, wait)
            return wait
        } catch {
            let now = now
            if case .refused(let code) = error.kind, trouble.withLock({ $0.isNews(code, at: now) }) {
                note(error)
            }
            return takeLocally(key)
        }
    }

    // MARK: Refusals

    private func remembered(_ key: String) -> Int64? {
        let now = now
        return refused.withLock { refused in
            guard let until = refused[key] else { return nil }
            if until > now { return until - now }
            refused[key] = nil
            return nil
        }
    }

    private func remember(_ key: String, _ wait: Int64) {
        let now = now
        refused.withLock { refused in
            if refused.count >= 10_000 { refused = refused.filter { $0.value > now } }
            guard refused.count < 10_000 else { return }
            refused[key] = now + min(wait, Self.memoryMax)
        }
    }

    private var now: Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// What ``TokenBucket`` does, at the server: one number, which goes away by itself when it says nothing any more.
    /// Gives microseconds to wait, 0 where a token was taken.
    private static let script = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
        local stored = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
        local full = math.min(math.max(stored, now), now + capacity)
        local wait = math.max(full + interval - capacity - now, 0)
        if wait == 0 then full = full + interval end
        if wait == 0 or full < stored then
            redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
        end
        return wait
        """
}
