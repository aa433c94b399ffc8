package import SomaCore

/// Which time a view of metrics shows: an end that stands or goes with the clock, and a length.
///
/// Whatever is done to it, it ends not later than now, and begins not earlier than there can be anything.
package struct MetricsTime: Sendable, Hashable {
    /// The end; `nil` is now, and moves on.
    package private(set) var until: Timestamp?
    package private(set) var length = Self.lengthUsual
    /// Whether the length still follows what there is: until somebody chooses one.
    private var isFitted = true

    /// How much time is in sight while nobody has chosen otherwise and there is as much.
    private static let lengthUsual = Duration.seconds(900)
    /// The least that is in sight then.
    private static let lengthFirst = Duration.seconds(60)

    /// Lengths that zooming goes through.
    package static let lengths: [Duration] = [
        30, 60, 120, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
        2_592_000,
    ].map { .seconds($0) }

    package init() {}

    /// The end, as a moment.
    package func end(now: Timestamp) -> Timestamp { min(until ?? now, now) }

    /// Makes room for what there is, by the ladder, where the end goes with the clock and nobody has chosen a length.
    /// - Parameter span: From the first moment of which anything is known to now.
    package mutating func fit(_ span: Duration) {
        guard isFitted, until == nil else { return }
        let wanted = max(span, Self.lengthFirst)
        length = Self.lengths.first { $0 >= wanted && $0 < Self.lengthUsual } ?? Self.lengthUsual
    }

    /// Another length from the ladder; the moment stays where it is in sight.
    /// - Parameters:
    ///   - steps: Above 0 for less time.
    ///   - moment: What stays at its place; `nil` for the end.
    package mutating func zoom(_ steps: Int, around moment: Timestamp?, now: Timestamp, reach: Duration) {
        isFitted = false
        let all = Self.lengths
        let place = all.lastIndex { $0 <= length } ?? 0
        let longest = all.lastIndex { $0 <= reach } ?? 0
        let next = all[min(max(0, place - steps), max(longest, 0))]
        guard next != length else { return }
        let end = end(now: now)
        if let moment, moment <= end, end - moment <= length {
            let share = (end - moment).seconds / max(length.seconds, 1e-6)
            until = moment + .microseconds(Int64(next.seconds * share * 1_000_000))
            // What went with the clock and is at its end goes on with it.
        }
        length = next
        settle(now: now, reach: reach)
    }

    /// Earlier or later times.
    /// - Parameter share: Of the length; above 0 for later.
    package mutating func pan(_ share: Double, now: Timestamp, reach: Duration) {
        until = end(now: now) + .microseconds(Int64(length.seconds * share * 1_000_000))
        settle(now: now, reach: reach)
    }

    /// Stands still, or goes with the clock again.
    package mutating func hold(at moment: Timestamp?, now: Timestamp, reach: Duration) {
        until = moment
        guard let moment else { return }
        until = min(moment, now)
        let earliest = now + .microseconds(-reach.microseconds)
        if end(now: now) + .microseconds(-length.microseconds) < earliest {
            until = min(now, earliest + length)
        }
    }

    /// Keeps the end where there can be something; what reaches now goes with the clock.
    private mutating func settle(now: Timestamp, reach: Duration) {
        guard let end = until else { return }
        if end >= now { return until = nil }
        let least = now + .microseconds(length.microseconds - max(reach, length).microseconds)
        until = end < least ? (least >= now ? nil : least) : end
    }

    /// How many seconds a length is called: `15m`.
    package static func word(_ length: Duration) -> String {
        let seconds = Int(length.components.seconds)
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m"
        case ..<86_400: return "\(seconds / 3_600)h"
        default: return "\(seconds / 86_400)d"
        }
    }
}
