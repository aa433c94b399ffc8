import SomaTerminal

extension PlanGraphView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        [
            KeyMap.bind(
                "plan.back-step",
                "left h",
                "walk",
                "Back along the way the run took, one transition.",
                "plan",
                .plan(.walked(-1))
            ),
            KeyMap.bind(
                "plan.next-step",
                "right l",
                "walk",
                "Forth along the way, one transition.",
                "plan",
                .plan(.walked(1))
            ),
            KeyMap.bind(
                "plan.pane",
                "tab",
                "steps",
                "Graph, or steps and panels, where there is no room for both.",
                "plan",
                .plan(.paneSwitched),
                if: state.size.columns < PlanGraphView.wideColumns
            ),
            KeyMap.bind(
                "plan.whole",
                "g",
                "whole",
                "All edges, or those that matter.",
                "plan",
                .plan(.wholeToggled)
            ),
            KeyMap.bind("plan.down", "j down", "scroll", "Scroll down.", "plan", .plan(.scrolled(1))),
            KeyMap.bind("plan.up", "k up", "scroll", "Scroll up.", "plan", .plan(.scrolled(-1))),
            KeyMap.bind("plan.open", "enter", "open", "What the run did.", "plan", .app(.openRun)),
        ]
    }
}
