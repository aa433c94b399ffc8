import SomaCore
package import SomaTerminal

/// The one table of keys: what they mean, how help describes them, and when they have effect.
package enum KeyMap {
    /// A binding of the console.
    package typealias Binding = KeyBinding<KeyMeaning>

    /// The keys of the view in sight, those that have effect everywhere last.
    package static func table(for state: AppState) -> KeyTable<KeyMeaning> {
        var bindings: [Binding] = []
        if let cursor = state.timeCursor { bindings += replay(isPlaying: cursor.isPlaying) }
        switch state.view {
        case .fleet: bindings += fleet(state)
        case .plan: bindings += plan(state)
        case .run: bindings += run(state)
        }
        // What was asked at another time isn't answered from there.
        if state.timeCursor == nil, state.walked == nil { bindings += steering(state) }
        return KeyTable(bindings + everywhere(state))
    }

    /// Every key there is, for reference documentation: each view's once.
    package static func all(_ now: AppState) -> [Binding] {
        replay(isPlaying: false) + fleet(now) + plan(now) + run(now) + steering(now) + everywhere(now)
    }

    private static func keys(_ names: String) -> [Key] {
        names.split(separator: " ").compactMap { Key(String($0)) }
    }

    private static func bind(
        _ name: String,
        _ keyNames: String,
        _ title: String,
        _ description: String,
        _ group: String,
        _ message: KeyMeaning,
        if isEnabled: Bool = true
    ) -> Binding {
        Binding(
            name,
            keys: keys(keyNames),
            title: title,
            description: description,
            group: group,
            isEnabled: isEnabled,
            message: message
        )
    }

    private static func moving(_ group: String, _ message: (FleetMessage) -> KeyMeaning) -> [Binding] {
        [
            bind("\(group).down", "j down", "down", "The next line.", group, message(.moved(1))),
            bind("\(group).up", "k up", "up", "The line before.", group, message(.moved(-1))),
            bind("\(group).page-down", "pgdn ctrl+f", "page", "A page down.", group, message(.paged(1))),
            bind("\(group).page-up", "pgup ctrl+b", "page", "A page up.", group, message(.paged(-1))),
            bind("\(group).top", "home <", "top", "The first line.", group, message(.movedToTop)),
            bind("\(group).bottom", "end >", "bottom", "The last line.", group, message(.movedToBottom)),
        ]
    }

    private static func fleet(_ state: AppState) -> [Binding] {
        let hasRun = state.fleetView.selected != nil
        return [
            bind("fleet.open", "enter", "open", "What the run did.", "fleet", .app(.openRun), if: hasRun),
            bind("fleet.plan", "g", "plan", "The run's plan graph.", "fleet", .app(.openPlan), if: hasRun),
        ] + moving("fleet") { .fleet($0) }
    }

    private static func plan(_ state: AppState) -> [Binding] {
        [
            bind(
                "plan.back-step",
                "left h",
                "walk",
                "Back along the way the run took, one transition.",
                "plan",
                .plan(.walked(-1))
            ),
            bind(
                "plan.next-step",
                "right l",
                "walk",
                "Forth along the way, one transition.",
                "plan",
                .plan(.walked(1))
            ),
            bind("plan.now", "n", "now", "Back to where the run is.", "plan", .plan(.walkedToNow)),
            bind(
                "plan.pane",
                "tab",
                "steps",
                "Graph, or steps and panels, where there is no room for both.",
                "plan",
                .plan(.paneSwitched),
                if: state.size.columns < PlanGraphView.wideColumns
            ),
            bind(
                "plan.whole",
                "g",
                "whole",
                "All edges, or those that matter.",
                "plan",
                .plan(.wholeToggled)
            ),
            bind("plan.down", "j down", "scroll", "Scroll down.", "plan", .plan(.scrolled(1))),
            bind("plan.up", "k up", "scroll", "Scroll up.", "plan", .plan(.scrolled(-1))),
            bind("plan.open", "enter", "open", "What the run did.", "plan", .app(.openRun)),
        ]
    }

    private static func run(_ state: AppState) -> [Binding] {
        [
            bind("run.unfold", "enter space", "unfold", "Details of the line.", "run", .run(.foldToggled)),
            bind("run.unfold-all", "z", "all", "Details of all lines, or none.", "run", .run(.allToggled)),
            bind("run.follow", "f", "follow", "Stay at the newest line.", "run", .run(.followToggled)),
            bind(
                "run.now",
                "n",
                "now",
                "Back to where the run is.",
                "run",
                .plan(.walkedToNow),
                if: state.walked != nil
            ),
            bind("run.plan", "g", "plan", "The run's plan graph.", "run", .app(.openPlan)),
        ]
            + moving("run") { message in
                switch message {
                case .moved(let rows): .run(.moved(rows))
                case .paged(let pages): .run(.paged(pages))
                case .movedToTop: .run(.movedToTop)
                case .movedToBottom: .run(.movedToBottom)
                }
            }
    }

    private static func steering(_ state: AppState) -> [Binding] {
        let target = state.steered
        let question = target?.openQuestion
        let isApproval = question.map { $0.kind != .question } ?? false
        let doubt = target?.doubt
        let isAlive = target.map { !$0.status.isTerminal && $0.status != .unknown } ?? false
        let may = !state.isReadOnly
        func steer(
            _ name: String,
            _ key: String,
            _ title: String,
            _ description: String,
            _ message: SteeringMessage,
            _ isEnabled: Bool
        ) -> Binding {
            bind(
                "steer.\(name)",
                key,
                title,
                description,
                "steering",
                .steering(message),
                if: may && isEnabled
            )
        }
        return [
            steer(
                "approve",
                "a",
                isApproval ? "approve" : "answer",
                "Approve or answer.",
                .approved,
                question != nil
            ),
            steer("reject", "r", "reject", "Refuse, and say why.", .rejected, isApproval),
            steer("edit", "e", "edit", "Approve with other arguments.", .edited, isApproval),
            steer("settle", "s", "settle", "Say whether a doubtful effect happened.", .settled, doubt != nil),
            steer("pause", "p", "pause", "Pause the run, or let it go on.", .paused, isAlive),
            steer("cancel", "x", "cancel", "Cancel the run and all it delegated.", .cancelled, isAlive),
        ]
    }

    private static func replay(isPlaying: Bool) -> [Binding] {
        func bind(
            _ name: String,
            _ key: String,
            _ title: String,
            _ description: String,
            _ message: ReplayMessage
        )
            -> Binding
        {
            Self.bind("replay.\(name)", key, title, description, "replay", .replay(message))
        }
        return [
            bind("play", "space p", isPlaying ? "pause" : "play", "Play or pause.", .playToggled),
            bind("step", ".", "step", "One transition on.", .stepped(1)),
            bind("step-back", ",", "step", "One transition back.", .stepped(-1)),
            bind("next-error", "]", "error", "The next error.", .jumped(isError: true, forwards: true)),
            bind("last-error", "[", "error", "The error before.", .jumped(isError: true, forwards: false)),
            bind(
                "next-decision",
                "}",
                "decision",
                "The next decision.",
                .jumped(isError: false, forwards: true)
            ),
            bind(
                "last-decision",
                "{",
                "decision",
                "The decision before.",
                .jumped(isError: false, forwards: false)
            ),
            bind("faster", "+ =", "faster", "Play faster.", .speedChanged(1)),
            bind("slower", "- _", "slower", "Play slower.", .speedChanged(-1)),
            bind("start", "home", "start", "The recording's start.", .movedToStart),
            bind("end", "end", "end", "The recording's end.", .movedToEnd),
        ]
    }

    private static func everywhere(_ state: AppState) -> [Binding] {
        let group = "everywhere"
        return [
            bind("app.help", "?", "keys", "This list.", group, .app(.help)),
            bind(
                "app.command",
                ":",
                "command",
                "Type a command: quit, fleet, run ID, theme NAME.",
                group,
                .app(.command)
            ),
            bind(
                "app.filter",
                "/",
                "filter",
                "Show matching runs only: words, role:coder, !state:done.",
                group,
                .app(.filter),
                if: state.view == .fleet
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
                "time",
                "The time cursor over the run in sight: its keys are those of a recording.",
                group,
                .app(.time),
                if: state.replay == nil && state.view.run != nil
            ),
            bind("app.back", "esc backspace", "back", "Where you came from.", group, .app(.back)),
            bind(
                "app.suspend",
                "ctrl+z",
                "suspend",
                "Give the terminal back to the shell.",
                group,
                .app(.suspend)
            ),
            bind("app.quit", "q ctrl+c", "quit", "End the console; runs go on.", group, .app(.quit)),
        ]
    }
}
