package import SomaCore

/// One row of a waterfall.
package struct WaterfallRow: Sendable, Hashable {
    /// The span's place among all.
    package var span: Int
    package var kind: Waterfall.Kind
    /// How deep it is inside others.
    package var depth: Int
    package var name: String
    /// The seq of the transition that began it.
    package var seq: Int
    package var startsAt: Timestamp
    /// When it ended, or the moment that is looked at.
    package var endsAt: Timestamp
    package var isOpen: Bool
    /// Whether it began after the time cursor.
    package var isAhead: Bool
    package var hasFailed: Bool
    package var weight: Waterfall.Weight
}

extension Waterfall {
    /// A row.
    /// - Parameters:
    ///   - index: Which span.
    ///   - log: The log.
    ///   - count: How many of its transitions have happened as of the time cursor.
    ///   - now: The moment up to which what goes on has gone.
    func row(of index: Int, _ log: [Transition], count: Int, now: Timestamp) -> WaterfallRow {
        let span = spans[index]
        let first = log[Int(span.start)]
        let isAhead = span.start >= count
        let isOpen = !isAhead && (span.end < 0 || span.end >= count)
        let end: Timestamp = isOpen || span.end < 0 ? max(now, first.at) : log[Int(span.end)].at
        return WaterfallRow(
            span: index,
            kind: span.kind,
            depth: depth(of: span),
            name: name(of: span, log),
            seq: first.seq,
            startsAt: first.at,
            endsAt: end,
            isOpen: isOpen,
            isAhead: isAhead,
            hasFailed: !isOpen && span.end >= 0 && Self.isFailure(log[Int(span.end)], of: span.kind),
            weight: weight(
                of: index,
                count: isAhead ? log.count : count,
                now: isAhead ? log[log.count - 1].at : now
            )
        )
    }

    private func depth(of span: Span) -> Int {
        var depth = 0
        var parent = span.parent
        while parent >= 0, depth < 8 {
            depth += 1
            parent = spans[Int(parent)].parent
        }
        return depth
    }

    private func name(of span: Span, _ log: [Transition]) -> String {
        let first = log[Int(span.start)]
        switch span.kind {
        case .visit: return first.node ?? "?"
        case .model, .tool:
            let request = Timeline.place(of: first.body["effect"]?.int, in: log).map { log[$0] }
            let name = request?.body["name"]?.string ?? "?"
            return first.attempt > 1 ? "\(name) try \(first.attempt)" : name
        case .child:
            let child = first.body["child"]?.string.map { RunID($0).short } ?? "?"
            return "\(child) \(first.body["role"]?.string ?? "")"
        case .person: return first.body["effect"] == nil ? "your answer" : "your approval"
        case .pause: return "paused"
        }
    }

    private static func isFailure(_ transition: Transition, of kind: Kind) -> Bool {
        switch transition.kind {
        case .effectFinished: transition.body["ok"]?.bool != true
        case .effectInDoubt: true
        case .childFinished: transition.body["status"]?.string != RunStatus.completed.rawValue
        case .interruptClosed: transition.body["answer"]?.string == "rejected"
        case .runFailed: true
        default: false
        }
    }
}
