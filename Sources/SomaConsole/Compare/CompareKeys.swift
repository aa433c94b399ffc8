extension CompareView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let bind = ViewKeys("compare", KeyMeaning.compare)
        return bind.moving { .moved($0) } + [
            bind("next", "n", "next", "The next difference.", .jumped(forwards: true)),
            bind("last", "N", "last", "The difference before.", .jumped(forwards: false)),
            bind("fold", "space", "fold", "Show equal steps one by one, or fold them.", .foldToggled),
            bind("all", "z", "all", "Show all equal steps, or fold them.", .allToggled),
            bind(
                "level",
                "d",
                "what counts",
                "What counts as different: path, arguments, cost, time.",
                .levelChanged
            ),
            bind("swap", "tab", "swap", "The runs change sides.", .swapped),
            bind("open", "enter", "open", "The step in its run.", .opened),
        ]
    }
}
