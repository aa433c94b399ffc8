package import SomaCore

/// Why a transition is worth jumping to with the time cursor.
package enum TimeMark: UInt8, Sendable, Hashable, CaseIterable {
    /// Something failed, was rejected, or may have happened.
    case error
    /// A person was asked, answered, or stepped in.
    case person

    /// Why a transition is worth jumping to; `nil` for most.
    package init?(_ transition: Transition) {
        if RecordingIndex.Mark.Kind(transition) == .error {
            self = .error
            return
        }
        let body = transition.body
        switch transition.kind {
        case .interruptOpened, .interruptClosed, .effectSettled, .runForked: self = .person
        case .budgetChanged where body["by"] != nil: self = .person
        case .runCancelled where body["by"] != nil: self = .person
        case .runPaused where body["reason"]?.string == "person": self = .person
        case .runResumed where body["after"]?.string == "person": self = .person
        default: return nil
        }
    }

    /// The kinds of transitions that may have a mark: for all others their name decides.
    static func mayMark(_ kind: TransitionKind) -> Bool {
        switch kind {
        case .runFailed, .effectInDoubt, .effectFinished, .verifyJudged, .interruptOpened, .interruptClosed,
            .effectSettled, .runForked, .budgetChanged, .runCancelled, .runPaused, .runResumed:
            true
        default: false
        }
    }
}
