extension FleetView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.fleetView
        let hasRun = view.selected != nil
        let hasMarks = !view.marked.isEmpty
        let bind = ViewKeys("fleet", KeyMeaning.fleet)
        return [
            bind(
                "open",
                "enter",
                hasRun ? "open" : "fold",
                "What the run did; of a group's heading its runs.",
                .opened,
                if: hasRun || view.selectedGroup != nil
            ),
            bind.app("plan", "g", "plan", "The run's plan graph.", .openPlan, if: hasRun),
            bind(
                "mark",
                "space",
                "mark",
                "Mark the run, or all of a group, for what is done at once.",
                .marked
            ),
            bind("mark-all", "*", "mark all", "Mark all runs that are shown.", .allMarked),
            bind("unmark", "u", "unmark", "Mark nothing any more.", .unmarked, if: hasMarks),
            bind("sort", "o", "order", "Order by the next column.", .sorted(by: 1)),
            bind("sort-back", "O", "order", "Order by the column before.", .sorted(by: -1)),
            bind("reverse", "i", "turn round", "Turn the order round.", .reversed),
            bind(
                "group",
                "b G",
                "group",
                "By parent, none, role, state, workspace or conversation.",
                .grouped
            ),
            bind("fold", "c", "fold", "Fold a tree or a group, or show it again.", .folded),
            bind("fold-all", "C", "fold all", "Fold all trees and groups, or show them again.", .allFolded),
            bind("left", "h left", "left", "Columns further left.", .scrolled(-1)),
            bind("right", "l right", "right", "Columns further right.", .scrolled(1)),
        ] + bind.moving { .moved($0) }
    }
}
