extension EventsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.eventsView
        let hasEvent = view.selectedRow != nil
        let hasSearch = view.search != nil
        let bind = ViewKeys("events", KeyMeaning.events)
        return [
            bind.detail("The transition in full.", isOpen: view.hasDetail, .detailToggled, if: hasEvent),
            bind("next", "n", "next", "The next match.", .matchSought(forwards: true), if: hasSearch),
            bind("last", "N", "last", "The match before.", .matchSought(forwards: false), if: hasSearch),
            bind(
                "all",
                "c",
                "context",
                "What doesn't match too, with the matches marked.",
                .allToggled,
                if: hasSearch
            ),
            bind("level", "i", "level", "Everything, or only what is more important.", .levelChanged),
            bind("follow", "f", "follow", "Stay at the newest line, or at the time cursor.", .followToggled),
            bind(
                "moment",
                "t",
                "moment",
                "The time cursor goes there; live, the run as it was then.",
                .momentSought,
                if: hasEvent
            ),
            bind(
                "run",
                "O",
                "only",
                "The transitions of this run alone; esc goes back.",
                .runSought,
                if: hasEvent && state.view.run == nil
            ),
            bind.app("open", "o", "run", "What the run did.", .openRun, if: hasEvent),
            bind.app("plan", "g", "plan", "The run's plan graph.", .openPlan, if: hasEvent),
        ] + bind.scrolling("transition", isOpen: view.hasDetail) { .detailScrolled($0) }
            + bind.moving { .moved($0) }
    }
}
