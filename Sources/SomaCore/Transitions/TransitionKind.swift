import Glibc

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

    /// The known kind of a CloudEvents type's bytes. Every record passes here, so nothing is allocated.
    package init?(known type: UnsafeBufferPointer<UInt8>) {
        guard type.count > 8, let base = type.baseAddress,
            memcmp(base, ("soma." as StaticString).utf8Start, 5) == 0,
            memcmp(base + type.count - 3, (".v1" as StaticString).utf8Start, 3) == 0
        else { return nil }
        let count = type.count - 8
        func names(_ name: StaticString) -> Bool { memcmp(base + 5, name.utf8Start, count) == 0 }
        switch count {
        case 9 where names("node.left"): self = .nodeLeft
        case 10 where names("run.paused"): self = .runPaused
        case 10 where names("run.forked"): self = .runForked
        case 10 where names("run.failed"): self = .runFailed
        case 11 where names("run.started"): self = .runStarted
        case 11 where names("run.resumed"): self = .runResumed
        case 12 where names("node.entered"): self = .nodeEntered
        case 12 where names("plan.revised"): self = .planRevised
        case 13 where names("fact.observed"): self = .factObserved
        case 13 where names("verify.judged"): self = .verifyJudged
        case 13 where names("child.spawned"): self = .childSpawned
        case 13 where names("run.completed"): self = .runCompleted
        case 13 where names("run.cancelled"): self = .runCancelled
        case 14 where names("effect.started"): self = .effectStarted
        case 14 where names("effect.settled"): self = .effectSettled
        case 14 where names("budget.charged"): self = .budgetCharged
        case 14 where names("budget.changed"): self = .budgetChanged
        case 14 where names("child.finished"): self = .childFinished
        case 15 where names("effect.finished"): self = .effectFinished
        case 15 where names("effect.in-doubt"): self = .effectInDoubt
        case 16 where names("effect.requested"): self = .effectRequested
        case 16 where names("interrupt.opened"): self = .interruptOpened
        case 16 where names("interrupt.closed"): self = .interruptClosed
        default: return nil
        }
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
