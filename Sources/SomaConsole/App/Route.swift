package import SomaCore

/// The names of views, as flags, commands and settings write them.
package enum ViewName: String, Sendable, Hashable, CaseIterable {
    case home, fleet, agents, approvals, effects, events, plan, run, compare, kafka, traces, cost, metrics
}

/// Which view is in sight, and what it is about.
package enum Route: Sendable, Hashable {
    case home
    case fleet
    /// The hierarchy of all runs, or of one and those below it.
    case agents(RunID?)
    case approvals
    /// The effects of all runs, or of one.
    case effects(RunID?)
    /// The transitions of all runs, or of one.
    case events(RunID?)
    case plan(RunID)
    case run(RunID)
    /// A run and the one that it is compared with.
    case compare(RunID, RunID)
    /// The topics of a Kafka.
    case kafka
    /// A topic's messages.
    case topic(String)
    /// What a search for traces found.
    case traces
    /// The spans of a trace, or of a run.
    case trace(TraceSubject)
    /// Who used what: all of it, or one group.
    case cost(CostPart?)
    /// The panels of a dashboard.
    case metrics

    /// The run that the view is about.
    package var run: RunID? {
        switch self {
        case .home, .fleet, .approvals, .kafka, .topic, .traces, .trace(.trace), .cost, .metrics: nil
        case .agents(let id), .effects(let id), .events(let id): id
        case .plan(let id), .run(let id), .compare(let id, _), .trace(.run(let id)): id
        }
    }

    /// All runs that the view is about: their logs are asked for.
    package var runs: [RunID] {
        switch self {
        case .compare(let left, let right): [left, right]
        default: run.map { [$0] } ?? []
        }
    }

    /// The view's name.
    package var name: ViewName {
        switch self {
        case .home: .home
        case .fleet: .fleet
        case .agents: .agents
        case .approvals: .approvals
        case .effects: .effects
        case .events: .events
        case .plan: .plan
        case .run: .run
        case .compare: .compare
        case .kafka, .topic: .kafka
        case .traces, .trace: .traces
        case .cost: .cost
        case .metrics: .metrics
        }
    }

    /// The name in the breadcrumbs.
    package var title: String {
        switch self {
        case .compare(let left, let right): "\(left.short) \(right.short) compare"
        case .topic(let name): name.firstLine
        case .trace(.run(let run)): "\(run.short) trace"
        case .trace(.trace(let id)): "\("\(id)".prefix(7)) trace"
        case .cost(let part?): part.words.firstLine
        default: run.map { "\($0.short) \(name)" } ?? name.rawValue
        }
    }

    /// What draws the view and answers its keys.
    var feature: any Feature.Type {
        switch self {
        case .home: HomeView.self
        case .fleet: FleetView.self
        case .agents: AgentsView.self
        case .approvals: ApprovalsView.self
        case .effects: EffectsView.self
        case .events: EventsView.self
        case .plan: PlanGraphView.self
        case .run: RunView.self
        case .compare: CompareView.self
        case .kafka: KafkaView.self
        case .topic: TopicView.self
        case .traces: TracesView.self
        case .trace: TraceView.self
        case .cost: CostView.self
        case .metrics: MetricsView.self
        }
    }

    /// The view of a name: about a run where it needs one.
    package init?(_ name: ViewName, run: RunID?) {
        switch name {
        case .home: self = .home
        case .fleet: self = .fleet
        case .agents: self = .agents(nil)
        case .approvals: self = .approvals
        case .effects: self = .effects(nil)
        case .events: self = .events(nil)
        case .plan:
            guard let run else { return nil }
            self = .plan(run)
        case .run:
            guard let run else { return nil }
            self = .run(run)
        case .compare: return nil
        case .kafka: self = .kafka
        case .traces: self = .traces
        case .cost: self = .cost(nil)
        case .metrics: self = .metrics
        }
    }
}
