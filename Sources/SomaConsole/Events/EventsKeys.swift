extension EventsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        let view = state.eventsView
        let hasEvent = view.selectedRow != nil
        let hasSearch = view.search != nil
        func bind(
            _ name: String,
            _ keys: String,
            _ title: String,
            _ description: String,
            _ message: EventsMessage,
            if isEnabled: Bool = true
        ) -> KeyMap.Binding {
            KeyMap.bind("events.\(name)", keys, title, description, "events", .events(message), if: isEnabled)
        }
        return [
            bind(
                "detail",
                "enter",
                view.hasDetail ? "close" : "detail",
                "The transition in full.",
                .detailToggled,
                if: hasEvent
            ),
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
            KeyMap.bind(
                "events.open",
                "o",
                "run",
                "What the run did.",
                "events",
                .app(.openRun),
                if: hasEvent
            ),
            KeyMap.bind(
                "events.plan",
                "g",
                "plan",
                "The run's plan graph.",
                "events",
                .app(.openPlan),
                if: hasEvent
            ),
            bind(
                "detail-down",
                "J",
                "scroll",
                "The full transition a line down.",
                .detailScrolled(1),
                if: view.hasDetail
            ),
            bind(
                "detail-up",
                "K",
                "scroll",
                "The full transition a line up.",
                .detailScrolled(-1),
                if: view.hasDetail
            ),
        ] + KeyMap.moving("events") { .events(.moved($0)) }
    }
}
