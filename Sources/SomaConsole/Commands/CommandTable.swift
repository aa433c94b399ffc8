import SomaCore
import SomaTerminal

/// One command that can be typed after `:`; completion, help and the reference come from the same table.
struct CommandDefinition: Sendable {
    /// What an argument is, and so how it is completed.
    enum Argument: Sendable, Hashable {
        case none, runs, roles, themes, contexts, marks, views, commands, moments, axes, dashboards
    }

    /// The name.
    let name: String
    /// Shorter names.
    let shorts: [String]
    /// What may follow, as help shows it: `[RUN]`.
    let arguments: String
    /// A sentence for help.
    let description: String
    /// What its words are.
    let argument: Argument
    /// Carries it out; the text is what follows the name, without spaces at its ends.
    let perform: @Sendable (inout AppState, String) -> [AppEffect]

    init(
        _ name: String,
        _ shorts: [String] = [],
        _ arguments: String = "",
        _ argument: Argument = .none,
        _ description: String,
        _ perform: @escaping @Sendable (inout AppState, String) -> [AppEffect]
    ) {
        self.name = name
        self.shorts = shorts
        self.arguments = arguments
        self.argument = argument
        self.description = description
        self.perform = perform
    }

    /// The name with what may follow.
    var usage: String { arguments.isEmpty ? name : "\(name) \(arguments)" }
}

/// All commands.
package enum CommandTable {
    /// In the order of help.
    static let all: [CommandDefinition] = views + steering + panes + places + console

    /// Every name that a command has.
    package static let names = all.flatMap { [$0.name] + $0.shorts }

    /// The command of a name.
    static func find(_ name: String) -> CommandDefinition? {
        all.first { $0.name == name || $0.shorts.contains(name) }
    }

    private static let views: [CommandDefinition] = [
        .init("home", [], "", "What is running, what needs you, what to try.") { $0.open(list: .home) },
        .init("fleet", [], "", "All runs.") { $0.open(list: .fleet) },
        .init("agents", [], "[RUN]", .runs, "Who delegated to whom; of one run, those below it.") {
            $0.open(.agents, of: $1)
        },
        .init("approvals", [], "", "What waits for a person.") { $0.open(list: .approvals) },
        .init("effects", [], "[RUN]", .runs, "What touched the outside world.") { $0.open(.effects, of: $1) },
        .init("events", [], "[RUN]", .runs, "Every transition.") { $0.open(.events, of: $1) },
        .init("plan", [], "[RUN]", .runs, "A run's plan graph; of the selected one where none is named.") {
            $0.open(.plan, of: $1)
        },
        .init("run", [], "[RUN]", .runs, "What a run did; the selected one where none is named.") {
            $0.open(.run, of: $1)
        },
        .init("compare", [], "[RUN [RUN]]", .runs, "Two runs side by side.") { state, text in
            state.compare(text)
            return []
        },
        .init("kafka", [], "[TOPIC]", "Kafka's topics, or the messages of one.") { $0.openKafka($1) },
        .init(
            "cost",
            [],
            "[by AXIS]",
            .axes,
            "Who used what: by role, model, tool, run, conversation, tenant, day or hour."
        ) { $0.openCosts($1) },
        .init("metrics", [], "[DASHBOARD]", .dashboards, "The panels of a dashboard.") { $0.openMetrics($1) },
        .init("alerts", [], "", "The alerts of a Prometheus server.") { state, _ in state.openAlerts() },
        .init("from", [], "PLACE", "Read the topic in sight from somewhere else: \(TopicStart.forms).") {
            $0.begin(from: $1)
        },
        .init(
            "traces",
            [],
            "[RUN|ID]",
            .runs,
            "Traces of a Jaeger; the spans of a run, or of the trace of an id."
        ) { $0.openTraces($1) },
    ]

    private static let steering: [CommandDefinition] = [
        .init("start", [], "[@ROLE] GOAL", .roles, "Start a run: say what is to be reached.") {
            $0.start(command: $1)
        },
        .init(
            "budget",
            [],
            "[RUN] AMOUNT",
            .runs,
            "What a run may use in all: $2.50, 400 steps, 50k tokens, 20m."
        ) { $0.budget(command: $1) },
    ]

    private static let panes: [CommandDefinition] = [
        .init("split", [], "[VIEW]", .views, "A second view beside this one.") { $0.split(with: $1) },
        .init("close", [], "", "One of two views less.") { state, _ in
            guard state.panes.count > 1 else {
                state.notice = Notice("There is one view only.")
                return []
            }
            state.toggleSplit()
            return []
        },
        .init("zoom", [], "", "One of two views alone, and both again.") { state, _ in
            if state.panes.count > 1 { state.split.isZoomed.toggle() }
            return []
        },
    ]

    private static let places: [CommandDefinition] = [
        .init("filter", [], "[WORDS]", "Show what matches only; everything again without words.") {
            state,
            text in
            guard state.view.feature.filter != nil else {
                state.notice = Notice("There is nothing to filter in this view.", .bad)
                return []
            }
            state.setFilter(text)
            return []
        },
        .init("goto", [], "MARK|RUN", .marks, "Go to a mark, or to what a run did.") { $0.go(to: $1) },
        .init("mark", [], "LETTER", .marks, "Give the place in sight a letter.") { state, text in
            guard let letter = text.first, text.count == 1, AppState.isMark(letter) else {
                state.notice = Notice("A mark is one letter: mark a", .bad)
                return []
            }
            state.setMark(letter)
            return []
        },
        .init("marks", [], "", "The letters with their places.") { state, _ in
            state.notice = Notice(state.habits.marks.isEmpty ? "There are no marks." : state.markList)
            return []
        },
        .init("unmark", [], "LETTER", .marks, "Forget a mark.") { state, text in
            guard let letter = text.first, text.count == 1, state.habits.marks[letter] != nil else {
                state.notice = Notice("There is no mark \"\(text)\".", .bad)
                return []
            }
            state.habits.marks[letter] = nil
            return []
        },
        .init(
            "time",
            [],
            "[WHEN]",
            .moments,
            "Go to a time: \(TimeTarget.forms); without one, open the time cursor or close it."
        ) { state, text in
            guard state.timeCursor != nil || !text.isEmpty else { return state.toggleTime() }
            return state.go(toTime: text)
        },
        .init("back", [], "", "Where you came from.") { state, _ in state.update(.back) },
        .init("forward", [], "", "Where you came back from.") { state, _ in state.update(.forward) },
    ]

    private static let console: [CommandDefinition] = [
        .init("theme", [], "NAME", .themes, "Other colours, at once.") { $0.choose(theme: $1) },
        .init("ctx", ["context"], "[NAME]", .contexts, "Another daemon; the names there are without one.") {
            $0.choose(context: $1)
        },
        .init("reload", [], "", "Read console.yaml, themes and dashboards again.") { _, _ in [.reload] },
        .init(
            "write",
            ["w"],
            "FILE",
            "Write the screen into a new file; in Events and in a topic what is shown, as NDJSON; a trace as OTLP."
        ) {
            $0.write($1, replaces: false)
        },
        .init("write!", ["w!"], "FILE", "The same, in place of a file that is there.") {
            $0.write($1, replaces: true)
        },
        .init("help", ["h"], "", "The keys of the view in sight, and these commands.") { state, _ in
            state.helpTop = 0
            return []
        },
        .init("quit", ["q", "q!"], "", "End the console; runs go on.") { state, _ in state.end() },
    ]
}

extension CommandDefinition {
    fileprivate init(
        _ name: String,
        _ shorts: [String],
        _ arguments: String,
        _ description: String,
        _ perform: @escaping @Sendable (inout AppState, String) -> [AppEffect]
    ) {
        self.init(name, shorts, arguments, .none, description, perform)
    }

    fileprivate init(
        _ name: String,
        _ shorts: [String],
        _ arguments: String,
        _ description: String,
        _ perform: @escaping @Sendable (inout AppState) -> [AppEffect]
    ) {
        self.init(name, shorts, arguments, .none, description) { state, _ in perform(&state) }
    }
}
