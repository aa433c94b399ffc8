import Glibc
package import SomaCore
import Synchronization

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
    /// What was found last, and the hour that it was found for: each frame asks.
    private static let latest = Mutex<(hour: Int64, face: ClockFace)?>(nil)

    /// The clock of the machine's time zone around a moment.
    package static func local(at moment: Timestamp) -> ClockFace {
        let hour = moment.microseconds / 3_600_000_000
        return latest.withLock { latest in
            if let latest, latest.hour == hour { return latest.face }
            let face = ClockFace(around: moment) { second in
                var seconds = time_t(second)
                var parts = tm()
                return localtime_r(&seconds, &parts) == nil ? 0 : parts.tm_gmtoff
            }
            latest = (hour, face)
            return face
        }
    }
}
