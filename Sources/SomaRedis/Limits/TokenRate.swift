/// How many tokens a bucket gets, and how many it holds.
package struct TokenRate: Sendable, Hashable {
    /// Tokens a second.
    package let perSecond: Int
    /// Tokens that may be taken at once after a rest.
    package let burst: Int

    /// - Parameters:
    ///   - perSecond: 1 to 100,000.
    ///   - burst: 1 or more.
    package init(perSecond: Int, burst: Int) {
        self.perSecond = min(max(perSecond, 1), 100_000)
        self.burst = max(burst, 1)
    }

    /// Microseconds in which a token comes.
    var interval: Int64 { 1_000_000 / Int64(perSecond) }
    /// Microseconds in which an empty bucket fills.
    var capacity: Int64 { interval * Int64(burst) }
}

/// A bucket of tokens, told by the one number that is needed: when it will be full again.
///
/// As many tokens are missing as come until then. The script for Redis does the same.
struct TokenBucket: Sendable {
    /// In microseconds of whoever's clock is used.
    private(set) var fullAt: Int64

    /// Takes a token; where there is none, it gives how many microseconds one takes to come.
    mutating func take(at now: Int64, _ rate: TokenRate) -> Int64? {
        // More than empty it can't be: a clock that was set back mustn't shut anybody out for long.
        let full = min(max(fullAt, now), now + rate.capacity)
        let wait = full + rate.interval - rate.capacity - now
        fullAt = wait > 0 ? full : full + rate.interval
        return wait > 0 ? wait : nil
    }
}

extension TokenBucket {
    init() { fullAt = .min }
}
