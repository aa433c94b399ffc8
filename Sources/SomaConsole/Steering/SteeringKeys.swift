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
                isApproval ? "approve" : "answer",
                "Approve or answer.",
                .approved,
                question != nil
            ),
            steer("reject", "r", "reject", "Refuse, and say why.", .rejected, isApproval),
            steer("edit", "e", "edit", "Approve with other arguments.", .edited, isApproval),
            steer("settle", "s", "settle", "Say whether a doubtful effect happened.", .settled, doubt != nil),
            steer("pause", "p", "pause", "Pause the run, or let it go on.", .paused, isAlive),
            steer("cancel", "x", "cancel", "Cancel the run and all it delegated.", .cancelled, isAlive),
        ]
    }
}
