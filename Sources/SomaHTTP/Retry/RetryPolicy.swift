/// How often and after what delays an exchange is tried again: exponential backoff with full jitter.
public struct RetryPolicy: Hashable, Sendable {
    /// Tries in all, the first included; at least 1.
    public var attemptsMax: Int
    /// Upper bound of the first delay; it doubles with each further one.
    public var base: Duration
    /// Upper bound of every delay of our own choosing.
    public var cap: Duration
    /// The longest `Retry-After` that is waited for; a longer one ends the retries.
    public var retryAfterMax: Duration
    /// Statuses after which a request is sent again.
    public var statuses: Set<Int>

    /// Makes a policy.
    public init(
        attemptsMax: Int = 4,
        base: Duration = .milliseconds(250),
        cap: Duration = .seconds(10),
        retryAfterMax: Duration = .seconds(60),
        statuses: Set<Int> = RetryPolicy.transientStatuses
    ) {
        self.attemptsMax = attemptsMax
        self.base = base
        self.cap = cap
        self.retryAfterMax = retryAfterMax
        self.statuses = statuses
    }

    /// Statuses that mean "not now" rather than "not this".
    public static let transientStatuses: Set<Int> = [408, 425, 429, 500, 502, 503, 504, 529]

    /// A random delay before retry number `retry` (from 1), between zero and its bound.
    public func delay(beforeRetry retry: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        .nanoseconds(Int64.random(in: 0...max(0, bound(beforeRetry: retry).nanoseconds), using: &generator))
    }

    /// The bound of the delay before retry number `retry`, from 1.
    func bound(beforeRetry retry: Int) -> Duration {
        // Past 2^40 every sensible base has met its cap.
        min(cap, base * Int64(1) << Int64(min(max(retry - 1, 0), 40)))
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to what 64 bits hold (292 years).
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflows else { return seconds < 0 ? Int64.min : Int64.max }
        let (sum, overflowsToo) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowsToo ? (seconds < 0 ? Int64.min : Int64.max) : sum
    }
}
