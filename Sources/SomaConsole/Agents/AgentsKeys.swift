extension AgentsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let hasRun = state.agentsView.selected != nil
        let group = "agents"
        return [
            KeyMap.bind(
                "agents.open",
                "enter",
                "open",
                "What the run did.",
                group,
                .app(.openRun),
                if: hasRun
            ),
            KeyMap.bind(
                "agents.plan",
                "g",
                "plan",
                "The run's plan graph.",
                group,
                .app(.openPlan),
                if: hasRun
            ),
            KeyMap.bind(
                "agents.fold",
                "c space",
                "fold",
                "Fold what is below the run, or show it again.",
                group,
                .agents(.folded),
                if: hasRun
            ),
            KeyMap.bind(
                "agents.fold-all",
                "C",
                "fold all",
                "Fold all trees, or show them again.",
                group,
                .agents(.allFolded)
            ),
            KeyMap.bind(
                "agents.narrow",
                "t",
                "tree",
                "Only the run and what is below it.",
                group,
                .agents(.narrowed),
                if: hasRun
            ),
        ] + KeyMap.moving(group) { .agents(.moved($0)) }
    }
}
