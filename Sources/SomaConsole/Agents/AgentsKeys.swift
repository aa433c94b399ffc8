extension AgentsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let hasRun = state.agentsView.selected != nil
        let bind = ViewKeys("agents", KeyMeaning.agents)
        return [
            bind.app("open", "enter", "open", "What the run did.", .openRun, if: hasRun),
            bind.app("plan", "g", "plan", "The run's plan graph.", .openPlan, if: hasRun),
            bind(
                "fold",
                "c space",
                "fold",
                "Fold what is below the run, or show it again.",
                .folded,
                if: hasRun
            ),
            bind("fold-all", "C", "fold all", "Fold all trees, or show them again.", .allFolded),
            bind("narrow", "t", "tree", "Only the run and what is below it.", .narrowed, if: hasRun),
        ] + bind.moving { .moved($0) }
    }
}
