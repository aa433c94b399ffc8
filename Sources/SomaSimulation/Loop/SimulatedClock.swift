import SomaCore
import SomaEngine

/// The time in a simulation: one clock that only goes forward, and one on the wall that people change.
struct SimulatedClock {
    private(set) var elapsed: Int64 = 0
    /// What the clock on the wall shows, in microseconds since 1970.
    private var wall: Int64 = 1_790_000_000_000_000
    /// Whether the clock on the wall runs backwards.
    var isBackwards = false

    /// What the engine is told.
    var now: Moment { Moment(wall: Timestamp(microseconds: wall), elapsed: .microseconds(elapsed)) }

    mutating func advance(to moment: Int64) {
        let passed = max(0, moment - elapsed)
        elapsed += passed
        wall += isBackwards ? -passed : passed
    }

    mutating func jump(by microseconds: Int64) { wall += microseconds }
}
