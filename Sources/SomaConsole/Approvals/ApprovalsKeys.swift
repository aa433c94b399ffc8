import SomaCore

extension ApprovalsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let hasRun = state.approvalsView.selected != nil
        func bind(_ name: String, _ key: String, _ title: String, _ does: String, _ message: ApprovalsMessage)
            -> KeyMap.Binding
        {
            KeyMap.bind("approvals.\(name)", key, title, does, "approvals", .approvals(message), if: hasRun)
        }
        return [
            bind("open", "enter", "whole story", "What the run did.", .opened),
            bind("scroll-down", "ctrl+d J", "scroll", "Scroll long arguments down.", .scrolled(1)),
            bind("scroll-up", "ctrl+u K", "scroll", "Scroll long arguments up.", .scrolled(-1)),
            KeyMap.bind(
                "approvals.plan",
                "g",
                "plan",
                "The run's plan graph.",
                "approvals",
                .app(.openPlan),
                if: hasRun
            ),
        ] + KeyMap.moving("approvals") { .approvals(.moved($0)) }
    }
}
