import SomaCore
import SomaTerminal

extension KeyMap {
    /// What a person does to the run in sight.
    static func steering(_ state: AppState) -> [Binding] {
        let target = state.steered
        let question = target?.openQuestion
        let isApproval = question.map { $0.kind != .question } ?? false
        let doubt = target?.doubt
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
        return [
            steer(
                "approve",
                "a",
                isApproval || marks ? "approve" : "answer",
                "Approve or answer; in the fleet all that is marked.",
                .approved,
                question != nil || marks
            ),
            steer("reject", "r", "reject", "Refuse, and say why.", .rejected, isApproval && !marks),
            steer("edit", "e", "edit", "Approve with other arguments.", .edited, isApproval && !marks),
            steer(
                "settle",
                "s",
                "settle",
                "Say whether a doubtful effect happened.",
                .settled,
                doubt != nil && !marks
            ),
            steer("pause", "p", "pause", "Pause the run, or let it go on.", .paused, isAlive || marks),
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
}
