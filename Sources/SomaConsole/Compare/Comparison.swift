package import SomaCore

/// Two runs, aligned.
package struct Comparison: Sendable {
    /// In which respects two steps that belong together aren't the same.
    package struct Difference: OptionSet, Sendable, Hashable {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        /// One did something that the other didn't.
        package static let path = Difference(rawValue: 1)
        /// With other arguments.
        package static let arguments = Difference(rawValue: 2)
        /// With another outcome.
        package static let outcome = Difference(rawValue: 4)
        /// With other tokens or costs.
        package static let cost = Difference(rawValue: 8)
        /// In a time that is more than a fifth, and more than a tenth of a second, longer or shorter.
        package static let time = Difference(rawValue: 16)
    }

    /// What counts as different, from the way alone to everything.
    package enum Level: Int, Sendable, Hashable, CaseIterable {
        case path, arguments, cost, time

        /// What counts.
        package var difference: Difference {
            switch self {
            case .path: [.path]
            case .arguments: [.path, .arguments, .outcome]
            case .cost: [.path, .arguments, .outcome, .cost]
            case .time: [.path, .arguments, .outcome, .cost, .time]
            }
        }

        /// What counts, in words.
        package var words: String {
            switch self {
            case .path: "path"
            case .arguments: "path, arguments and outcome"
            case .cost: "path, arguments, outcome and cost"
            case .time: "path, arguments, outcome, cost and time"
            }
        }
    }

    /// Two steps, or one that the other run didn't take.
    package struct Row: Sendable, Hashable {
        package var left: Int?
        package var right: Int?
        package var difference: Difference
    }

    /// The steps of the one run.
    package var left: [CompareStep]
    /// The steps of the other.
    package var right: [CompareStep]
    /// The steps side by side.
    package var rows: [Row]

    /// Aligns two runs' steps.
    package init(_ left: [CompareStep] = [], _ right: [CompareStep] = []) {
        self.left = left
        self.right = right
        // Numbers are given in one order, so that both ways round give the same rows.
        let isMirrored = (right.last?.run ?? RunID("")) < (left.last?.run ?? RunID(""))
        var names = Names()
        let first = (isMirrored ? right : left).map { names.key($0) }
        let second = (isMirrored ? left : right).map { names.key($0) }
        var pairs = Alignment.pairs(first, second)
        if isMirrored { pairs = pairs.map { .init(left: $0.right, right: $0.left) } }
        rows = pairs.map { pair in
            guard let first = pair.left, let second = pair.right else {
                return Row(left: pair.left, right: pair.right, difference: .path)
            }
            let difference = Self.difference(left[first], right[second])
            return Row(left: first, right: second, difference: difference)
        }
    }

    /// The steps of a run's log; a fork's begin with those that it shares with its origin.
    package static func log(
        of id: RunID,
        _ log: ArraySlice<Transition>,
        origin: RunState.Origin?,
        _ shared: Journal?
    )
        -> [Transition]
    {
        guard let origin, let shared, shared.isLoaded else { return Array(log) }
        return shared.transitions.prefix(shared.count(upTo: origin.seq))
            + log.filter { $0.kind != .runForked }
    }

    private static func difference(_ left: CompareStep, _ right: CompareStep) -> Difference {
        guard left.node == right.node, left.kind == right.kind, left.name == right.name,
            left.target == right.target
        else { return .path }
        var difference: Difference = []
        if left.arguments != right.arguments { difference.insert(.arguments) }
        if left.outcome != right.outcome { difference.insert(.outcome) }
        if left.tokens != right.tokens || left.microdollars != right.microdollars { difference.insert(.cost) }
        let (short, long) = (
            min(left.microseconds, right.microseconds), max(left.microseconds, right.microseconds)
        )
        if long - short > 100_000, long - short > long / 5 { difference.insert(.time) }
        return difference
    }

    /// Numbers for what is compared, the same on both sides.
    private struct Names {
        private struct Path: Hashable {
            var node: String
            var kind: CompareStep.Kind
            var name: String
            var target: String
        }
        private struct Whole: Hashable {
            var path: Int
            var arguments: ContentID?
        }
        private var paths: [Path: Int] = [:]
        private var wholes: [Whole: Int] = [:]

        mutating func key(_ step: CompareStep) -> Alignment.Key {
            let path = Path(node: step.node, kind: step.kind, name: step.name, target: step.target)
            let number = paths[path] ?? paths.count
            paths[path] = number
            let whole = Whole(path: number, arguments: step.arguments)
            let wholeNumber = wholes[whole] ?? wholes.count
            wholes[whole] = wholeNumber
            return Alignment.Key(path: number, whole: wholeNumber)
        }
    }
}
