/// A fleet in numbers: the fold of transitions that `soma stats`, `soma sql` and `soma export` share.
///
/// Of a run that has ended it keeps the numbers, not its way, so that what it holds follows the number of runs.
package struct FleetStats: Sendable {
    /// The runs; of those that have ended, their summaries.
    package private(set) var fleet = Fleet()
    /// Who used what.
    package private(set) var ledger: CostLedger
    /// Waits for people.
    package private(set) var people: PeopleLedger

    /// - Parameter since: Only what happened then or later counts; `nil`: everything.
    package init(since: Timestamp? = nil) {
        ledger = CostLedger(since: since)
        people = PeopleLedger(since: since)
    }

    /// Takes up runs that were under way before what is read begins.
    package mutating func take(base: Fleet) {
        for run in base.runs {
            ledger.take(base: run)
            fleet.replace(run)
        }
    }

    /// What became of a transition, and what it charged.
    package struct Applied: Sendable {
        /// Whether it was folded before, and dropped.
        package var isRepeated: Bool
        /// What the run itself was charged.
        package var charge: Charge?
    }

    /// Folds one transition.
    @discardableResult
    package mutating func apply(_ transition: Transition) -> Applied {
        guard fleet.apply(transition) != .repeated else { return Applied(isRepeated: true) }
        let charge = ledger.apply(transition)
        people.apply(transition)
        if transition.kind.isTerminal, let state = fleet[transition.run] { fleet.replace(state.summary) }
        return Applied(isRepeated: false, charge: charge)
    }

    /// The runs that did something in the time that counts.
    package var runs: [RunState] {
        fleet.runs.filter { (ledger[$0.id]?.transitions ?? 0) > 0 || ledger.since == nil }
    }

    /// How many of the runs' transitions count.
    package var transitions: Int { ledger.runs.reduce(0) { $0.addingClamped($1.transitions) } }
}

/// The numbers of a fleet at a moment.
package struct StatsReport: Sendable {
    /// How long things took, in microseconds.
    package struct Spread: Sendable, Hashable {
        package var count = 0
        package var median: Int64?
        package var p95: Int64?
        package var total: Int64 = 0

        init(_ values: [Int64]) {
            let sorted = values.sorted()
            count = sorted.count
            median = Quantile.of(sorted, 0.5)
            p95 = Quantile.of(sorted, 0.95)
            total = sorted.reduce(0) { sum, value in
                let (next, overflow) = sum.addingReportingOverflow(value)
                return overflow ? .max : next
            }
        }
    }

    /// One limit over all runs that have it and that no other run with it delegated.
    package struct Allowance: Sendable, Hashable {
        /// Which limit.
        package var dimension: Budget.Dimension
        /// How many runs have it.
        package var runs = 0
        /// What was used and set aside.
        package var used = 0
        /// The limit.
        package var limit = 0
    }

    /// A run with what it and all below it used.
    package struct Tree: Sendable, Hashable {
        package var run: RunID
        package var role: String
        package var own: Usage
        package var subtree: Usage
    }

    /// Only what happened then or later counts.
    package var since: Timestamp?
    /// The moment of the report.
    package var now: Timestamp
    /// How many runs have each status.
    package var statuses: [(status: RunStatus, count: Int)]
    /// How many runs wait for a person now.
    package var needPerson: Int
    /// How long the runs that ended took, from start to end.
    package var durations: Spread
    /// How long they were at work: without pauses and waits for people.
    package var worked: Spread
    /// How many transitions there were.
    package var transitions: Int
    /// Calls to models, and what they cost.
    package var models: CostSum
    /// Calls to tools, and what they cost.
    package var tools: CostSum
    /// Everything.
    package var total: CostSum
    /// How long people's answers took.
    package var waits: Spread
    package var asked: Int
    package var answered: Int
    package var abandoned: Int
    package var open: Int
    /// Limits, used and set.
    package var budgets: [Allowance]
    /// The runs at work that have used most of a limit, at most five.
    package var fullest: [(run: RunID, role: String, fraction: Double)]
    /// The dearest runs with what they delegated, at most ten.
    package var trees: [Tree]
    package var rate: BurnRate

    /// How many runs there are.
    package var runs: Int { statuses.reduce(0) { $0 + $1.count } }
}

extension FleetStats {
    /// The numbers at a moment. Costs as much as there are runs and groups.
    package func report(at now: Timestamp) -> StatsReport {
        let runs = self.runs
        let ended = runs.filter(\.status.isTerminal)
        var models = CostSum()
        var tools = CostSum()
        for group in ledger.groups {
            switch group.key.source {
            case .model: models = models + group.sum
            case .tool, .other: tools = tools + group.sum
            }
        }
        let fullest = runs.filter { !$0.status.isTerminal }
            .compactMap { run in run.budget.fractionUsed.map { (run: run.id, role: run.role, fraction: $0) } }
            .sorted { ($1.fraction, $0.run) < ($0.fraction, $1.run) }
        return StatsReport(
            since: ledger.since,
            now: now,
            statuses: RunStatus.allCases.compactMap { status in
                let count = runs.count { $0.status == status }
                return count == 0 ? nil : (status, count)
            },
            needPerson: runs.count { $0.waiting?.reason.needsPerson == true },
            durations: .init(ended.map { max(0, $0.statusSince.microseconds &- $0.startedAt.microseconds) }),
            worked: .init(ended.map { $0.worked(at: now).microseconds }),
            transitions: transitions,
            models: models,
            tools: tools,
            total: ledger.total,
            waits: .init(people.waits),
            asked: people.asked,
            answered: people.answered,
            abandoned: people.abandoned,
            open: people.waiting,
            budgets: allowances(of: runs),
            fullest: Array(fullest.prefix(5)),
            trees: trees(of: runs),
            rate: ledger.rate(at: now)
        )
    }

    /// A child's grant lies within its parent's limit: it isn't added to it.
    private func allowances(of runs: [RunState]) -> [StatsReport.Allowance] {
        Budget.Dimension.allCases.compactMap { dimension in
            var sum = StatsReport.Allowance(dimension: dimension)
            for run in runs {
                guard let limit = run.budget.limit(dimension) else { continue }
                if let parent = run.parent, fleet[parent]?.budget.limit(dimension) != nil { continue }
                let used = run.budget.spent + run.budget.reserved
                sum.runs += 1
                sum.limit.increase(by: limit)
                sum.used.increase(
                    by: dimension.amount(of: used) ?? Int(clamping: run.worked(at: fleet.lastAt))
                )
            }
            return sum.runs == 0 ? nil : sum
        }
    }

    private func trees(of runs: [RunState]) -> [StatsReport.Tree] {
        let subtrees = ledger.subtrees()
        return runs.map { run in
            let own = ledger[run.id]?.own ?? .zero
            return .init(run: run.id, role: run.role, own: own, subtree: subtrees[run.id] ?? own)
        }
        .filter { $0.subtree.microdollars > 0 || $0.subtree.tokens > 0 }
        .sorted {
            ($1.subtree.microdollars, $1.subtree.tokens, $0.run)
                < ($0.subtree.microdollars, $0.subtree.tokens, $1.run)
        }
        .prefix(10).map { $0 }
    }
}

extension Budget {
    /// The limit of one dimension, or `nil` where there is none.
    package func limit(_ dimension: Dimension) -> Int? {
        switch dimension {
        case .tokens: limits.tokens
        case .microdollars: limits.microdollars
        case .steps: limits.steps
        case .seconds: limits.seconds
        }
    }
}

extension Budget.Dimension {
    /// What of a usage falls under the limit; `nil` for time, which is no usage.
    package func amount(of usage: Usage) -> Int? {
        switch self {
        case .tokens: usage.tokens
        case .microdollars: usage.microdollars
        case .steps: usage.steps
        case .seconds: nil
        }
    }
}

extension Int {
    fileprivate init(clamping duration: Duration) {
        self = Int(Swift.max(0, Swift.min(duration.components.seconds, Int64.max)))
    }
}
