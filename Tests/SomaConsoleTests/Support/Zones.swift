@testable import SomaConsole
import SomaCore

/// Clocks that are put forward and back.
enum Zones {
    /// Berlin's in 2026: summer time from 2026-03-29 to 2026-10-25, both at 01:00 UTC.
    static let berlin = ClockFace(
        offsetSeconds: 3_600,
        changes: [
            ClockFace.Change(at: forward, offsetSeconds: 7_200),
            ClockFace.Change(at: back, offsetSeconds: 3_600),
        ]
    )
    /// 2026-03-29T01:00:00Z: the clock goes from 02:00 to 03:00, and the day has 23 hours.
    static let forward = Timestamp(seconds: 1_774_746_000)
    /// 2026-10-25T01:00:00Z: the clock goes from 03:00 to 02:00, and the day has 25 hours.
    static let back = Timestamp(seconds: 1_792_890_000)

    /// A clock with changes of any kind, none less than two days after another.
    static func random(_ generator: inout SeededNumbers) -> ClockFace {
        var at = start
        let changes = (0..<4).map { _ in
            at = at + .seconds(900 * Int.random(in: 192...2_000, using: &generator))
            return ClockFace.Change(
                at: at,
                offsetSeconds: 1_800 * Int.random(in: -24...28, using: &generator)
            )
        }
        return ClockFace(offsetSeconds: 1_800 * Int.random(in: -24...28, using: &generator), changes: changes)
    }
}
