import Synchronization

/// Buckets of this process alone.
final class LocalBuckets: Sendable {
    /// Buckets that are kept before full ones are dropped.
    private static let countMax = 10_000

    private let buckets = Mutex<[String: TokenBucket]>([:])

    /// Takes a token of a key's bucket; where there is none, it gives how many microseconds one takes to come.
    func take(_ key: String, at now: Int64, _ rate: TokenRate) -> Int64? {
        buckets.withLock { buckets in
            if buckets.count >= Self.countMax, buckets[key] == nil {
                // A full bucket and none at all are the same.
                buckets = buckets.filter { $0.value.fullAt > now }
                // Nobody gets a bucket by pushing others' out.
                if buckets.count >= Self.countMax { return rate.interval }
            }
            return buckets[key, default: TokenBucket()].take(at: now, rate)
        }
    }
}
