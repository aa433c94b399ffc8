import Glibc
package import SomaCore

extension ConsoleProgram.Timing {
    /// The machine's clock.
    package static let system = ConsoleProgram.Timing(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
        },
        clock: { ClockFace.local(at: $0) },
        sleep: { duration in try? await Task.sleep(for: duration) }
    )
}

extension ClockFace {
    /// The clock of the machine's time zone, as it is at a moment.
    package static func local(at moment: Timestamp) -> ClockFace {
        var seconds = time_t(moment.microseconds / 1_000_000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return ClockFace() }
        return ClockFace(offsetSeconds: parts.tm_gmtoff)
    }
}
