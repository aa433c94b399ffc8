extension CostView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.costView
        let bind = ViewKeys("cost", KeyMeaning.cost)
        return [
            bind(
                "open",
                "enter",
                state.costAxis == .run ? "open" : "runs",
                "The costs of the group's runs; of a run what it did.",
                .opened,
                if: view.selected != nil
            ),
            bind(
                "by",
                "v b",
                "by",
                "List costs by the next of role, model, tool, run, conversation, tenant, day and hour.",
                .turned(by: 1)
            ),
            bind("by-back", "V", "by", "List costs by the one before.", .turned(by: -1)),
            bind(
                "tree",
                "t",
                view.isTree ? "self" : "subtree",
                "Count a run where the run at the top of its tree counts, or for itself.",
                .treeToggled
            ),
            bind(
                "fleet",
                "f",
                "fleet",
                "The group's runs in the fleet.",
                .fleetOpened,
                if: state.costFleetFilter != nil
            ),
            bind("sort", "o", "order", "Order by the next column.", .sorted(by: 1)),
            bind("sort-back", "O", "order", "Order by the column before.", .sorted(by: -1)),
            bind("reverse", "i", "turn round", "Turn the order round.", .reversed),
            bind(
                "more",
                "M",
                "read on",
                "Read the logs of more runs, for what only they tell.",
                .moreRead,
                if: state.costLogs.isPaused && !view.table.isKnown
            ),
        ] + bind.moving { .moved($0) }
    }
}
