package import SomaCore

/// How busy a run was: transitions in equal stretches of its own time, the newest last.
///
/// Counted in the log's time and up to the run's last transition, so it stands still while nothing happens.
package struct Activity: Sendable, Hashable {
    /// How many stretches are kept.
    package static let stretches = 24
    /// How long one is.
    package static let stretch = Duration.seconds(5)

    private var counts: [UInt16] = []
    private var last: Int64 = 0

    package init() {}

    /// Counts one transition.
    package mutating func note(at moment: Timestamp) {
        let number = moment.microseconds / Self.stretch.microseconds
        if counts.isEmpty {
            counts = [0]
            last = number
        }
        let ahead = Int(clamping: number &- last)
        if ahead > 0 {
            counts += Array(repeating: 0, count: min(ahead, Self.stretches))
            counts = counts.suffix(Self.stretches)
            last = number
        }
        let place = counts.count - 1 + min(0, ahead)
        guard counts.indices.contains(place), counts[place] < .max else { return }
        counts[place] += 1
    }

    /// The counts, oldest first.
    package var values: [Double] { counts.map(Double.init) }
}
