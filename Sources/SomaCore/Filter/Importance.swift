/// How much a transition tells a person.
package enum Importance: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Book-keeping: entering and leaving nodes, starts of effects, charges.
    case low
    /// Work: calls, results, facts, plans.
    case normal
    /// What one would want to be told: ends, failures, doubts, judgements, questions and their answers.
    case high

    /// The name in filters.
    package var name: String {
        switch self {
        case .low: "low"
        case .normal: "normal"
        case .high: "high"
        }
    }

    package static func < (left: Importance, right: Importance) -> Bool { left.rawValue < right.rawValue }
}

extension Transition {
    /// How much it tells a person.
    package var importance: Importance { Importance(kind, isBad: body["ok"]?.bool == false) }
}

extension Importance {
    /// The importance of a kind.
    /// - Parameter isBad: Whether the transition says that something failed.
    package init(_ kind: TransitionKind, isBad: Bool) {
        switch kind {
        case .runStarted, .runForked, .runCompleted, .runFailed, .runCancelled, .runPaused, .runResumed,
            .effectInDoubt, .effectSettled, .interruptOpened, .interruptClosed, .verifyJudged, .budgetChanged:
            self = .high
        case .effectFinished: self = isBad ? .high : .normal
        case .planRevised, .factObserved, .effectRequested, .childSpawned, .childFinished, .unknown:
            self = .normal
        case .nodeEntered, .nodeLeft, .effectStarted, .budgetCharged: self = .low
        }
    }
}
