package import SomaCore
package import SomaTerminal

/// Everything the console knows and everything the person is doing; a value, changed by `update` only.
package struct AppState: Sendable {
    /// The terminal's size.
    package var size: Size
    /// The wall's time as of the last message that told it.
    package var now: Timestamp
    /// The person's clock.
    package var clock: ClockFace
    /// What the header calls the place: a context's name, or a recording's file.
    package var place: String
    /// How the source is reached.
    package var connection = Connection.connecting
    /// When the source last told anything, by the wall's clock.
    package var heardAt: Timestamp?
    /// When the connection was lost.
    package var lostAt: Timestamp?
    /// The shortest time that news has taken so far: what is left of it is how far two clocks are apart.
    package var leastDelay: Duration?
    /// Whether a snapshot has arrived.
    package var hasFleet = false

    /// All runs.
    package var fleet = Fleet()
    /// How they are ordered and counted.
    package var index = FleetIndex()
    /// How busy each run was lately.
    package var activity: [RunID: Activity] = [:]
    /// Effects that ended while the console looked on.
    package var recentEffects = RecentEffects()
    /// Effects that ended before, as far as logs were read for them.
    package var effectHistory = EffectHistory()
    /// What the runs' logs say of costs, as far as they were read.
    package var costLogs = CostLogs()
    /// The logs of runs that were opened.
    package var journals: [RunID: Journal] = [:]
    /// The transitions of all runs.
    package var stream = EventStream()
    /// What arranged views ask of the source; sent when everything is settled.
    var wishes: [SourceRequest] = []
    /// What waits for a person across all runs.
    package var inbox = Inbox()
    /// Which runs the home view tells of.
    package var homeRuns = HomeRuns()
    /// What was used today.
    package var spending = Spending()
    /// Answers that were sent and have not closed their question yet.
    package var answering: [Need.ID: ConsoleCommand] = [:]
    /// Questions whose words' names were asked for, and of which run.
    var questionsAsked: [Need.ID: RunID] = [:]
    /// The need whose arguments are in the editor.
    package var editing: Need.ID?
    /// Which needs the person was told of.
    package var attention = Attention()
    /// The state of the inbox that attention has looked at.
    var attentionSeen = -1
    /// What the daemon says about itself.
    package var daemon: DaemonFacts?
    /// Words.
    package var words = WordsCache()
    /// Output of effects under way.
    package var output = LiveOutput()
    /// When each holder gave its last sign of life.
    package var presence: [RunID: Presence] = [:]
    /// Graphs by the words that runs are pinned to; `nil` where those hold none that can be drawn.
    package var graphs: [ContentID: Graph?] = [:]

    /// Topics and their messages.
    package var kafka = KafkaFacts()
    /// What a Jaeger tells.
    package var traces = TraceFacts()
    /// What a source of metrics tells.
    package var metrics = MetricsFacts()

    /// The parts of the screen, each with a view of its own; one or two.
    package var panes = [Pane()]
    /// The part that keys go to.
    package var focus = 0
    /// How two parts share the screen.
    package var split = Split()
    /// Whether this is drawn as the part that keys go to.
    package var isActive = true
    /// The first line of help in sight, while help is open.
    package var helpTop: Int?
    /// The line being typed at the bottom.
    package var prompt: Prompt?
    /// The question in the middle of the screen.
    package var confirmation: Confirmation?
    /// What the last action did.
    package var notice: Notice?
    /// What becomes of several commands that were sent together.
    package var bulk: BulkReceipts?
    /// The time cursor of a recording.
    package var replay: ReplayState?
    /// The time cursor over the live run in sight, where it is open.
    package var strip: ReplayState?
    /// Where in its log a run is looked at, and others at the same moment; `nil` is where they are now.
    package var walked: Walk?
    /// The past of everything, where a live view shows it or waits for it.
    package var past: Past?
    /// How often the past was asked for.
    var pastsOpened = 0

    /// The chosen theme.
    package var theme = "dark"
    /// The themes that there are.
    package var themes: [String] = ["dark", "mono"]
    /// How the person has set up the console, and the places that they keep.
    package var habits = Habits()
    /// Lines typed after `:`.
    package var commandHistory: [String] = []
    /// Whether commands that change a run are refused.
    package var isReadOnly = false
    /// Whether the shell has an editor to hand the terminal to.
    package var hasEditor = false
    /// The folder that runs started here work on, absolute; `nil` leaves it to the daemon.
    package var workspace: String?
    /// Transitions on their way into a file.
    package var export: EventExport?
    /// How many exports were begun.
    var exportsBegun = 0
    /// Why the program is to end, once it is.
    package var ending: Ending?
    /// Whether nothing has happened since everything was settled.
    var isSettled = false

    package init(size: Size = .standard, now: Timestamp, clock: ClockFace = ClockFace(), place: String = "") {
        self.size = size
        self.now = now
        self.clock = clock
        self.place = place
    }

    /// The moment that ages are counted to: the wall's in a live view, the cursor's in a recording.
    package var moment: Timestamp { replay?.place.at ?? now }
}

/// A place in a run's log.
package struct Walk: Sendable, Hashable {
    package var run: RunID
    package var seq: Int
    /// When that was.
    package var at: Timestamp

    package init(run: RunID, seq: Int, at: Timestamp) {
        self.run = run
        self.seq = seq
        self.at = at
    }
}

/// Why the console ends.
package enum Ending: Sendable, Hashable {
    /// The person wanted it.
    case quit
    /// The terminal has no more input.
    case inputClosed
    /// The system asked, by a signal.
    case signal(Int32)
}

/// What the last action did, or why it didn't.
package struct Notice: Sendable, Hashable {
    /// How it is coloured.
    package enum Kind: Sendable, Hashable { case good, bad, info }

    package var text: String
    package var kind: Kind

    package init(_ text: String, _ kind: Kind = .info) {
        self.text = text
        self.kind = kind
    }
}

/// A line that is being typed at the bottom.
package struct Prompt: Sendable, Hashable {
    /// What the line is for.
    package enum Purpose: Sendable, Hashable {
        case command
        case filter(before: String)
        /// Where the time cursor is to go.
        case time
        case reject(RunID, question: Int)
        case answer(RunID, question: Int)
        case edit(RunID, question: Int)
        case budget(RunID, Budget.Dimension)
    }

    package var purpose: Purpose
    package var input: TextInput

    /// The longest arguments that are edited in a line, in characters.
    package static let editedMax = TextInput.charactersMax

    package init(_ purpose: Purpose, text: String = "", history: [String] = []) {
        self.purpose = purpose
        input = TextInput(text, history: history)
    }

    /// What stands before the text.
    package var label: String {
        switch purpose {
        case .command: ":"
        case .filter: "/"
        case .time: "go to: "
        case .reject: "reject, because: "
        case .answer: "answer: "
        case .edit: "arguments: "
        case .budget(_, .microdollars): "dollars in all: "
        case .budget(_, .tokens): "tokens in all: "
        case .budget(_, .steps): "steps in all: "
        case .budget(_, .seconds): "time in all: "
        }
    }
}

/// A question that must be answered before anything else.
package struct Confirmation: Sendable, Hashable {
    /// What it is about.
    package var title: String
    /// What would happen.
    package var lines: [String]
    /// The answers: key, word, and the commands it sends.
    package var choices: [Choice]

    /// One answer.
    package struct Choice: Sendable, Hashable {
        package var key: Character
        package var title: String
        package var commands: [ConsoleCommand]
        /// What else is done.
        package var effects: [AppEffect]

        package init(
            key: Character,
            title: String,
            commands: [ConsoleCommand] = [],
            effects: [AppEffect] = []
        ) {
            self.key = key
            self.title = title
            self.commands = commands
            self.effects = effects
        }
    }
}

/// When a run's holder was last heard of.
package struct Presence: Sendable, Hashable {
    package var holder: String
    package var at: Timestamp

    /// After how long a silent holder is shown as such.
    package static let silenceMax = Duration.seconds(30)
    /// After how long a lost connection makes runs look as old as they may be; a short one isn't worth the unrest.
    package static let lossMax = Duration.seconds(3)

    package init(holder: String, at: Timestamp) {
        self.holder = holder
        self.at = at
    }
}

/// Output of effects under way: the last part of each, forgotten when the result is there.
package struct LiveOutput: Sendable {
    /// One effect.
    package struct Key: Sendable, Hashable {
        package var run: RunID
        package var effect: Int
    }

    /// The most that is kept of one effect, in bytes.
    package static let bytesMax = 16_384
    /// The most effects that are kept.
    package static let effectsMax = 256

    private var texts: [Key: String] = [:]

    package init() {}

    /// The output of an effect so far.
    package subscript(run: RunID, effect: Int) -> String? { texts[Key(run: run, effect: effect)] }

    package mutating func append(_ text: String, run: RunID, effect: Int) {
        let key = Key(run: run, effect: effect)
        if texts[key] == nil, texts.count >= Self.effectsMax { texts = [:] }
        var whole = texts[key, default: ""] + text
        if whole.utf8.count > Self.bytesMax { whole = String(whole.suffix(Self.bytesMax / 2)) }
        texts[key] = whole
    }

    package mutating func forget(run: RunID, effect: Int) { texts[Key(run: run, effect: effect)] = nil }
}
