extension EffectsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let group = "effects"
        let hasRun = selectedRun(state) != nil
        return [
            KeyMap.bind(
                "effects.open",
                "enter",
                "open",
                "What the effect's run did.",
                group,
                .app(.openRun),
                if: hasRun
            ),
            KeyMap.bind(
                "effects.plan",
                "g",
                "plan",
                "The plan graph of the effect's run.",
                group,
                .app(.openPlan),
                if: hasRun
            ),
            KeyMap.bind(
                "effects.narrow",
                "t",
                "this run",
                "All effects of the selected one's run.",
                group,
                .effects(.narrowed),
                if: state.effectsView.selected != nil && state.view.run == nil
            ),
            KeyMap.bind(
                "effects.more",
                "M",
                "read on",
                "Earlier effects, out of the logs of runs that were not read yet.",
                group,
                .effects(.moreRead),
                if: state.view.run == nil && state.effectHistory.isPaused
            ),
        ] + KeyMap.moving(group) { .effects(.moved($0)) }
    }
}
