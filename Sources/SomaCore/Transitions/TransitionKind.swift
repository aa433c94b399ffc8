/// What a transition says happened. docs/reference/transitions.md gives each kind's body.
public enum TransitionKind: Sendable, Hashable {
    case runStarted, runResumed, runPaused, runForked, runCompleted, runFailed, runCancelled
    case nodeEntered, nodeLeft, planRevised, factObserved, verifyJudged
    case effectRequested, effectStarted, effectFinished, effectInDoubt, effectSettled
    case interruptOpened, interruptClosed
    case childSpawned, childFinished
    case budgetCharged, budgetChanged
    /// A kind that this version doesn't know, with its whole event type: shown, and folded as a no-op.
    case unknown(String)

    /// Every kind that this version knows.
    public static let known: [TransitionKind] = [
        .runStarted, .runResumed, .runPaused, .runForked, .runCompleted, .runFailed, .runCancelled,
        .nodeEntered, .nodeLeft, .planRevised, .factObserved, .verifyJudged,
        .effectRequested, .effectStarted, .effectFinished, .effectInDoubt, .effectSettled,
        .interruptOpened, .interruptClosed, .childSpawned, .childFinished, .budgetCharged, .budgetChanged,
    ]

    /// The name in records: `node.entered`.
    public var name: String {
        switch self {
        case .runStarted: "run.started"
        case .runResumed: "run.resumed"
        case .runPaused: "run.paused"
        case .runForked: "run.forked"
        case .runCompleted: "run.completed"
        case .runFailed: "run.failed"
        case .runCancelled: "run.cancelled"
        case .nodeEntered: "node.entered"
        case .nodeLeft: "node.left"
        case .planRevised: "plan.revised"
        case .factObserved: "fact.observed"
        case .verifyJudged: "verify.judged"
        case .effectRequested: "effect.requested"
        case .effectStarted: "effect.started"
        case .effectFinished: "effect.finished"
        case .effectInDoubt: "effect.in-doubt"
        case .effectSettled: "effect.settled"
        case .interruptOpened: "interrupt.opened"
        case .interruptClosed: "interrupt.closed"
        case .childSpawned: "child.spawned"
        case .childFinished: "child.finished"
        case .budgetCharged: "budget.charged"
        case .budgetChanged: "budget.changed"
        case .unknown(let type): type
        }
    }

    /// The CloudEvents type: `soma.node.entered.v1`.
    public var eventType: String {
        if case .unknown(let type) = self { return type }
        return "soma.\(name).v1"
    }

    /// The kind of a CloudEvents type.
    public init(eventType: String) {
        self = TransitionKind.byEventType[eventType] ?? .unknown(eventType)
    }

    private static let byEventType = Dictionary(uniqueKeysWithValues: known.map { ($0.eventType, $0) })

    /// The kind of a name in a record.
    public init(_ name: String) {
        self = TransitionKind.byName[name] ?? .unknown(name)
    }

    private static let byName = Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0) })

    /// Whether the run is over after it.
    public var isTerminal: Bool {
        switch self {
        case .runCompleted, .runFailed, .runCancelled: true
        default: false
        }
    }
}
