import SomaCore
import SomaTerminal

extension KeyMap {
    /// The views that a key opens everywhere: in the order of the digits from 1, 0 is home, and those that came later.
    static let views: [(name: ViewName, key: String, does: String)] = [
        (.fleet, "1", "All runs."), (.agents, "2", "Who delegated to whom, with budgets and costs."),
        (.approvals, "3", "What waits for a person."), (.effects, "4", "What touched the outside world."),
        (.events, "5", "Every transition."), (.plan, "6", "The selected run's plan graph."),
        (.run, "7", "What the selected run did."), (.compare, "8", "The selected run beside another."),
        (.kafka, "9", "Kafka's topics and their messages."),
        (.home, "0", "What is running, what needs you, what to try."),
        (.traces, "alt+t", "Traces: where the time went, span by span."),
        (.cost, "alt+c", "Who used what, and where that leads."),
        (.metrics, "alt+m", "Dashboards: what is busy, slow, failing and dear, and when that was."),
    ]

    private static func views(_ state: AppState) -> [Binding] {
        views.map { view in
            bind(
                "view.\(view.name.rawValue)",
                view.key,
                view.name.rawValue,
                view.does,
                "views",
                .app(.open(view.name))
            )
        }
    }

    static func everywhere(_ state: AppState) -> [Binding] {
        let group = "everywhere"
        let hasTwo = state.panes.count > 1
        return [
            bind("app.help", "?", "keys", "This list.", group, .app(.help)),
            bind(
                "app.command",
                ":",
                "command",
                "Type a command; tab completes it, and up and down bring earlier ones.",
                group,
                .app(.command)
            ),
            bind(
                "app.filter",
                "/",
                "filter",
                "Show what matches only: words, role:coder, !state:done.",
                group,
                .app(.filter),
                if: state.view.feature.filter != nil
            ),
            bind(
                "app.needs",
                "!",
                "needs you",
                "The run that has waited for you the longest.",
                group,
                .app(.needsMe)
            ),
            bind(
                "app.time",
                "T",
                state.timeCursor == nil && state.past == nil ? "time" : "now",
                "The past of what is in sight, with the keys of a recording; and back to now.",
                group,
                .app(.time),
                if: state.replay == nil || state.past != nil
            ),
            bind("app.back", "esc backspace", "back", "Where you came from.", group, .app(.back)),
            bind(
                "app.forward",
                "alt+right ctrl+n",
                "forward",
                "Where you came back from.",
                group,
                .app(.forward),
                if: !state.pane.ahead.isEmpty
            ),
            bind(
                "app.span",
                "W",
                "span",
                "The selected transition or run as a span, in the waterfall of its run.",
                group,
                .app(.openSpan)
            ),
            bind("app.mark", "m", "mark", "A letter for the place in sight.", group, .app(.mark)),
            bind(
                "app.goto-mark",
                "'",
                "marks",
                "Go to the place of a letter.",
                group,
                .app(.goToMark),
                if: !state.habits.marks.isEmpty
            ),
            bind(
                "app.split",
                "|",
                hasTwo ? "one view" : "split",
                "A second view beside this one, or one less.",
                group,
                .app(.split)
            ),
            bind(
                "app.zoom",
                "Z",
                "zoom",
                "One of two views alone, and both again.",
                group,
                .app(.zoom),
                if: hasTwo
            ),
            bind(
                "app.other",
                "ctrl+w shift+tab",
                "other",
                "The keys go to the other view.",
                group,
                .app(.otherPane),
                if: hasTwo
            ),
            bind(
                "app.suspend",
                "ctrl+z",
                "suspend",
                "Give the terminal back to the shell.",
                group,
                .app(.suspend)
            ),
            bind("app.quit", "q ctrl+c", "quit", "End the console; runs go on.", group, .app(.quit)),
        ] + views(state)
    }
}
