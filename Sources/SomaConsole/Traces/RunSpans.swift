import SomaCore
import SomaTraces

/// The spans of a run and of those below it, folded from their logs as these grow.
struct RunSpans: Sendable {
    private var root: RunID?
    private var fold: RunTrace?
    /// How much of each log was taken in.
    private var taken: [RunID: (count: Int, last: Int)] = [:]
    private(set) var transitions = 0
    private var spans = 0
    /// What the last waterfall was made of, and when.
    private var made: (transitions: Int, until: Timestamp?, at: Timestamp)?

    /// How often what goes on is drawn longer.
    private static let growth = Duration.seconds(1)
    /// How long a waterfall of many spans stays before the next is made, for each span.
    private static let restMicroseconds: Int64 = 20

    init() {}

    /// Whether no waterfall was made since it began, or began anew: then spans may stand elsewhere than before.
    var isAnew: Bool { made == nil }

    /// Takes in what the logs have beyond what was taken in before; begins anew where one is another log.
    mutating func read(_ root: RunID, _ logs: [(run: RunID, log: [Transition])]) {
        let isOther = logs.contains { run, log in
            guard let taken = taken[run], taken.count > 0 else { return false }
            return log.count < taken.count || log[taken.count - 1].seq != taken.last
        }
        if self.root != root || isOther || fold == nil {
            self = RunSpans()
            self.root = root
            fold = RunTrace(root: root)
        }
        for (run, log) in logs {
            let from = taken[run]?.count ?? 0
            guard from < log.count else { continue }
            for transition in log[from...] { fold?.append(transition) }
            taken[run] = (log.count, log[log.count - 1].seq)
            transitions += log.count - from
        }
    }

    /// The waterfall, where there is more to be seen than in the last one.
    /// - Parameters:
    ///   - until: The moment up to which what goes on has gone; `nil` where nothing goes on.
    ///   - now: The wall's time.
    mutating func waterfall(until: Timestamp?, now: Timestamp) -> TraceWaterfall? {
        guard let fold, transitions > 0 else { return nil }
        if let made {
            let isLonger =
                until.map { now in made.until.map { now - $0 >= Self.growth } ?? true } ?? (made.until != nil)
            guard made.transitions != transitions || isLonger else { return nil }
            // What is over is drawn at once; what goes on needn't be for each transition.
            let rest = Duration.microseconds(Int64(spans) * Self.restMicroseconds)
            if until != nil, spans > 1_000, now - made.at < rest, now >= made.at { return nil }
        }
        let waterfall = TraceWaterfall(fold.value(now: until))
        spans = waterfall.trace.spans.count
        made = (transitions, until, now)
        return waterfall
    }

    /// The span that a transition belongs to.
    func span(for transition: Transition) -> SpanID? { fold?.span(for: transition) }
}
