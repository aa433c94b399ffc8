package import SomaTraces

/// Spans on their way out: never more than so many. What doesn't fit is left out, the newest first, because what is there is
/// about to go.
package struct SpanQueue: Sendable {
    private let most: Int
    private var spans: [TraceSpan] = []
    /// Those before it are taken; cut off by half, so that taking costs each span little.
    private var start = 0
    /// When the oldest came.
    private var since: ContinuousClock.Instant?

    /// Creates an empty queue.
    /// - Parameter most: At least 1.
    package init(most: Int) { self.most = max(1, most) }

    /// How many wait.
    package var count: Int { spans.count - start }

    /// Adds spans.
    /// - Returns: How many were left out.
    package mutating func add(_ new: [TraceSpan], at now: ContinuousClock.Instant = .now) -> Int {
        let room = max(0, most - count)
        if since == nil, !new.isEmpty { since = now }
        spans += new.prefix(room)
        return max(0, new.count - room)
    }

    /// Puts spans back that could not be sent, before all others, even where there is no room.
    package mutating func putBack(_ spans: [TraceSpan]) {
        self.spans = spans + self.spans[start...]
        start = 0
    }

    /// Takes the oldest.
    /// - Parameter batch: At most so many.
    package mutating func take(_ batch: Int, at now: ContinuousClock.Instant = .now) -> [TraceSpan] {
        let end = min(spans.count, start + max(0, batch))
        let taken = Array(spans[start..<end])
        start = end
        if start * 2 >= spans.count {
            spans.removeFirst(start)
            start = 0
        }
        since = count > 0 ? now : nil
        return taken
    }

    /// How long until a batch is due: zero where it is whole or old enough, `nil` where nothing waits.
    package func wait(batch: Int, interval: Duration, at now: ContinuousClock.Instant = .now) -> Duration? {
        guard count < batch else { return .zero }
        return since.map { max(.zero, $0 + interval - now) }
    }
}
