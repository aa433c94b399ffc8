extension EffectsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let bind = ViewKeys("effects", KeyMeaning.effects)
        let hasRun = selectedRun(state) != nil
        return [
            bind.app("open", "enter", "open", "What the effect's run did.", .openRun, if: hasRun),
            bind.app("plan", "g", "plan", "The plan graph of the effect's run.", .openPlan, if: hasRun),
            bind(
                "narrow",
                "t",
                "this run",
                "All effects of the selected one's run.",
                .narrowed,
                if: state.effectsView.selected != nil && state.view.run == nil
            ),
            bind(
                "more",
                "M",
                "read on",
                "Earlier effects, out of the logs of runs that were not read yet.",
                .moreRead,
                if: state.view.run == nil && state.effectHistory.isPaused
            ),
        ] + bind.moving { .moved($0) }
    }
}
