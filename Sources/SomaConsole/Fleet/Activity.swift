package import SomaCore

/// How busy a run was: transitions in equal stretches of its own time, the newest last.
///
/// Counted in the log's time and up to the run's last transition, so it stands still while nothing happens. There is
/// one for each run, so it holds no reference.
package struct Activity: Sendable, Hashable {
    /// How many stretches are kept.
    package static let stretches = 24
    /// How long one is.
    package static let stretch = Duration.seconds(5)
    private static let stretchMicroseconds = stretch.microseconds

    /// The counts by the stretch's number, round and round.
    private var counts = SIMD32<UInt16>()
    private var last: Int64 = 0
    private var count = 0

    package init() {}

    /// Counts one transition.
    package mutating func note(at moment: Timestamp) {
        let number = moment.microseconds / Self.stretchMicroseconds
        if count == 0 {
            count = 1
            last = number
        }
        let ahead = Int(clamping: number &- last)
        if ahead > 0 {
            for step in 1...min(ahead, Self.stretches) { counts[slot(last &+ Int64(step))] = 0 }
            // Further ahead than is kept: all that was is forgotten.
            if ahead > Self.stretches { counts = SIMD32() }
            count = min(Self.stretches, count + min(ahead, Self.stretches))
            last = number
        }
        guard ahead > -count, counts[slot(number)] < .max else { return }
        counts[slot(number)] += 1
    }

    /// The counts, oldest first.
    package var values: [Double] {
        (0..<count).map { Double(counts[slot(last &- Int64(count - 1 - $0))]) }
    }

    private func slot(_ number: Int64) -> Int { Int(truncatingIfNeeded: number & 31) }
}
