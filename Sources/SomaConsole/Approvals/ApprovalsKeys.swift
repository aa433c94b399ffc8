import SomaCore

extension ApprovalsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let hasRun = state.approvalsView.selected != nil
        let bind = ViewKeys("approvals", KeyMeaning.approvals)
        return [
            bind("open", "enter", "whole story", "What the run did.", .opened, if: hasRun),
            bind(
                "scroll-down",
                "ctrl+d J",
                "scroll",
                "Scroll long arguments down.",
                .scrolled(1),
                if: hasRun
            ),
            bind("scroll-up", "ctrl+u K", "scroll", "Scroll long arguments up.", .scrolled(-1), if: hasRun),
            bind.app("plan", "g", "plan", "The run's plan graph.", .openPlan, if: hasRun),
        ] + bind.moving { .moved($0) }
    }
}
