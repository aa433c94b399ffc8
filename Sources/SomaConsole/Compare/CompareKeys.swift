extension CompareView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        func bind(
            _ name: String,
            _ key: String,
            _ title: String,
            _ description: String,
            _ message: CompareMessage
        )
            -> KeyMap.Binding
        {
            KeyMap.bind("compare.\(name)", key, title, description, "compare", .compare(message))
        }
        return KeyMap.moving("compare") { .compare(.moved($0)) } + [
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
