public import SomaCore

/// How long to wait before a try: exponential with full jitter
/// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
public enum Backoff {
    /// The longest wait before the second try; it doubles with each further one.
    public static let base: Duration = .milliseconds(200)
    /// The longest wait at all.
    public static let cap: Duration = .seconds(30)

    /// A wait that stands in a log, held within what one may be.
    static func held(_ microseconds: Int) -> Duration {
        min(max(.zero, .microseconds(Int64(microseconds))), cap)
    }

    /// The wait before try `attempt + 1` of an effect.
    ///
    /// The jitter is drawn from the effect's name, not from a generator: a replayed decision is the same one.
    public static func delay(run: RunID, effect: Int, attempt: Int) -> Duration {
        var seed: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in run.rawValue.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
        seed ^= UInt64(truncatingIfNeeded: effect) << 16 ^ UInt64(truncatingIfNeeded: attempt)
        seed = (seed ^ seed >> 30) &* 0xBF58_476D_1CE4_E5B9
        seed = (seed ^ seed >> 27) &* 0x94D0_49BB_1331_11EB
        seed ^= seed >> 31
        let doubled = base * Double(UInt64(1) << UInt64(min(max(0, attempt - 1), 20)))
        let longest = min(doubled, cap).microseconds
        return .microseconds(Int64(seed % UInt64(max(1, longest))) + 1)
    }
}
