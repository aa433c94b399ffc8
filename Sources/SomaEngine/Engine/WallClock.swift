public import SomaCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Tells the time that goes into records.
public protocol WallClock: Sendable {
    /// The time.
    var now: Timestamp { get }
}

/// The machine's own clock. It may jump, also backwards; the engine never lets a run's records do so, and waits by
/// another clock.
public struct SystemWallClock: WallClock {
    /// Creates the clock.
    public init() {}

    /// The time.
    public var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
