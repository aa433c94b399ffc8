extension FleetView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let hasRun = state.fleetView.selected != nil
        return [
            KeyMap.bind(
                "fleet.open",
                "enter",
                "open",
                "What the run did.",
                "fleet",
                .app(.openRun),
                if: hasRun
            ),
            KeyMap.bind(
                "fleet.plan",
                "g",
                "plan",
                "The run's plan graph.",
                "fleet",
                .app(.openPlan),
                if: hasRun
            ),
        ] + KeyMap.moving("fleet") { .fleet(.moved($0)) }
    }
}
