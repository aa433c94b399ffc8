extension FleetView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.fleetView
        let hasRun = view.selected != nil
        let hasMarks = !view.marked.isEmpty
        func fleet(
            _ name: String,
            _ keys: String,
            _ title: String,
            _ does: String,
            _ message: FleetMessage,
            if isEnabled: Bool = true
        ) -> KeyMap.Binding {
            KeyMap.bind("fleet.\(name)", keys, title, does, "fleet", .fleet(message), if: isEnabled)
        }
        return [
            KeyMap.bind(
                "fleet.open",
                "enter",
                hasRun ? "open" : "fold",
                "What the run did; of a group's heading its runs.",
                "fleet",
                .fleet(.opened),
                if: hasRun || view.selectedGroup != nil
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
            fleet(
                "mark",
                "space",
                "mark",
                "Mark the run, or all of a group, for what is done at once.",
                .marked
            ),
            fleet("mark-all", "*", "mark all", "Mark all runs that are shown.", .allMarked),
            fleet("unmark", "u", "unmark", "Mark nothing any more.", .unmarked, if: hasMarks),
            fleet("sort", "o", "order", "Order by the next column.", .sorted(by: 1)),
            fleet("sort-back", "O", "order", "Order by the column before.", .sorted(by: -1)),
            fleet("reverse", "i", "turn round", "Turn the order round.", .reversed),
            fleet(
                "group",
                "b G",
                "group",
                "By parent, none, role, state, workspace or conversation.",
                .grouped
            ),
            fleet("fold", "c", "fold", "Fold a tree or a group, or show it again.", .folded),
            fleet("fold-all", "C", "fold all", "Fold all trees and groups, or show them again.", .allFolded),
            fleet("left", "h left", "left", "Columns further left.", .scrolled(-1)),
            fleet("right", "l right", "right", "Columns further right.", .scrolled(1)),
        ] + KeyMap.moving("fleet") { .fleet(.moved($0)) }
    }
}
