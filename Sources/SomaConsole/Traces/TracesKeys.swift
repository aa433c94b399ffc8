extension TracesView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.tracesView
        let bind = ViewKeys("traces", KeyMeaning.traces)
        let hasChoice = view.part == .found ? view.selected != nil : view.selectedService != nil
        return [
            bind(
                "open",
                "enter",
                view.part == .found ? "spans" : "search",
                "The trace's spans; the traces of a service.",
                .opened,
                if: hasChoice
            ),
            bind(
                "services",
                "g",
                view.part == .found ? "services" : "traces",
                "The services that Jaeger knows; what was found again.",
                .partToggled,
                if: state.traces.address != nil
            ),
            bind(
                "order",
                "s",
                "order",
                "The newest, longest, largest or worst first.",
                .orderChanged,
                if: view.part == .found && !view.rows.isEmpty
            ),
            bind("again", "r", "again", "Ask Jaeger again.", .askedAgain, if: view.search != nil),
        ] + bind.moving { .moved($0) }
    }
}
