import Glibc

/// Where retries get time and randomness from.
public struct HTTPTiming: Sendable {
    /// Measures and waits for delays.
    public var clock: any Clock<Duration>
    /// Chooses delays; copied at each use, so equal timings give equal delays.
    public var random: any RandomNumberGenerator & Sendable
    /// Seconds since 1970, for `Retry-After` as a date where the response doesn't tell its own time.
    public var now: @Sendable () -> Int64

    /// Makes a source of time and randomness.
    public init(
        clock: any Clock<Duration> = ContinuousClock(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        now: (@Sendable () -> Int64)? = nil
    ) {
        self.clock = clock
        self.random = random
        self.now = now ?? { Int64(time(nil)) }
    }

    /// The machine's clock and random numbers.
    public static var system: HTTPTiming { HTTPTiming() }
}
