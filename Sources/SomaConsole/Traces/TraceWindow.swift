/// The part of a trace's time that is in sight, in microseconds since the trace's start. What is no part of it, `nil`,
/// is the whole.
package struct TraceWindow: Sendable, Hashable {
    /// The moment at the left edge.
    package let start: Int64
    /// The moment at the right edge, at least `leastMicroseconds` later.
    package let end: Int64

    /// The shortest time that is looked at.
    package static let leastMicroseconds: Int64 = 10

    /// A part of a whole: moved into it where it reaches out of it.
    /// - Returns: `nil` where it is the whole.
    package init?(from start: Int64, to end: Int64, of whole: Int64) {
        let length = max(Self.leastMicroseconds, end > start ? end &- start : 0)
        guard length > 0, length < whole else { return nil }
        self.start = min(max(0, start), whole - length)
        self.end = self.start + length
    }

    package var length: Int64 { end - start }

    /// A window twice or half as long, around a moment that stays where it is.
    package static func zoomed(_ window: TraceWindow?, closer: Bool, around moment: Int64, of whole: Int64)
        -> TraceWindow?
    {
        let (start, end) = (window?.start ?? 0, window?.end ?? whole)
        let moment = min(max(start, moment), end)
        let (before, after) = (moment - start, end - moment)
        guard !closer else {
            return TraceWindow(from: moment - before / 2, to: moment + after / 2, of: whole)
        }
        guard end - start < whole / 2 else { return nil }
        return TraceWindow(from: moment - before * 2, to: moment + after * 2, of: whole)
    }

    /// A window moved by quarters of its length; the whole can't be moved.
    package static func panned(_ window: TraceWindow?, by quarters: Int, of whole: Int64) -> TraceWindow? {
        guard let window else { return nil }
        let step = max(1, window.length / 4) * Int64(quarters)
        return TraceWindow(from: window.start + step, to: window.end + step, of: whole)
    }
}
