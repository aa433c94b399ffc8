import SomaCore
import SomaTerminal

extension KeyMap {
    /// What a person does to the run in sight.
    static func steering(_ state: AppState) -> [Binding] {
        let target = state.steered
        // What was in sight and has just been closed is told, not passed over.
        let needs = state.pane.drawn?.needs ?? state.steeredNeeds
        let answered = needs.first { !$0.matter.isDoubt }?.matter ?? state.steeredNeeds.first?.matter
        let isAlive = target.map { !$0.status.isTerminal && $0.status != .unknown } ?? false
        let may = !state.isReadOnly
        let marks = state.actsOnMarked
        func steer(
            _ name: String,
            _ key: String,
            _ title: String,
            _ description: String,
            _ message: SteeringMessage,
            _ isEnabled: Bool
        ) -> Binding {
            bind(
                "steer.\(name)",
                key,
                title,
                description,
                "steering",
                .steering(message),
                if: may && isEnabled
            )
        }
        let title =
            switch answered {
            case .words: "answer"
            case .budget: "raise the budget"
            case .approval, .doubt, nil: "approve"
            }
        let answers = answered.map { !$0.isDoubt } ?? false
        let isApproval = needs.contains { $0.matter.isApproval }
        let isDoubt = needs.contains { $0.matter.isDoubt }
        return [
            steer(
                "approve",
                "a",
                marks ? "approve" : title,
                "Approve the call as it stands, answer the question, or raise the budget; in the fleet approve all "
                    + "that is marked.",
                .approved,
                answers || marks
            ),
            steer("reject", "r", "reject", "Refuse, and say why.", .rejected, isApproval && !marks),
            steer("edit", "e", "edit", "Approve with other arguments.", .edited, isApproval && !marks),
            steer(
                "settle",
                "s",
                "settle",
                "Say whether a doubtful effect happened.",
                .settled,
                isDoubt && !marks
            ),
            steer(
                "pause",
                "p",
                target?.status == .paused && !marks ? "resume" : "pause",
                "Pause the run, or let it go on.",
                .paused,
                isAlive || marks
            ),
            steer(
                "budget",
                "B",
                "budget",
                "Change what the run may use in all.",
                .budgeted,
                isAlive && !marks
            ),
            steer(
                "cancel",
                "x",
                "cancel",
                "Cancel the run and all it delegated.",
                .cancelled,
                isAlive || marks
            ),
        ]
    }

    /// What a person does at a place of a run's log.
    static func forking(_ state: AppState) -> [Binding] {
        [
            bind(
                "steer.fork",
                "F",
                "fork",
                "Start a run that goes on from the place that is looked at: a selected transition or step, or where the "
                    + "selected run is.",
                "steering",
                .steering(.forked),
                if: !state.isReadOnly && (state.replay == nil || state.past != nil)
            )
        ]
    }
}
