extension RunView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        [
            KeyMap.bind(
                "run.unfold",
                "enter space",
                "unfold",
                "Details of the line.",
                "run",
                .run(.foldToggled)
            ),
            KeyMap.bind(
                "run.unfold-all",
                "z",
                "all",
                "Details of all lines, or none.",
                "run",
                .run(.allToggled)
            ),
            KeyMap.bind("run.follow", "f", "follow", "Stay at the newest line.", "run", .run(.followToggled)),
            KeyMap.bind("run.plan", "g", "plan", "The run's plan graph.", "run", .app(.openPlan)),
        ]
            + KeyMap.moving("run") { .run(.moved($0)) }
    }
}
