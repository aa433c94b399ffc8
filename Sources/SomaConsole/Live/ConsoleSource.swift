package import SomaCore

/// Where the console's facts come from and its wishes go to: a daemon, or a recording.
///
/// Both directions are messages. A request never waits: what comes of it arrives as news.
package protocol ConsoleSource: Sendable {
    /// What happens, in order, for one reader. Ends after `close()`, or when there will never be more.
    var news: AsyncStream<SourceNews> { get }
    /// Takes a wish; returns at once.
    func send(_ request: SourceRequest)
    /// Lets go of everything.
    func close()
}

/// What a source tells the console.
package enum SourceNews: Sendable {
    /// How the connection is now.
    case connection(Connection)
    /// All runs as they are; what was known before is forgotten.
    case snapshot(Fleet)
    /// What happened next, oldest first; repeats do no harm.
    case transitions([Transition])
    /// The log of one run from its start, as far as the source has it.
    case journal(RunID, [Transition])
    /// The end of a run's log that was asked for; `nil` where it can't be read.
    case tail(RunID, [Transition]?)
    /// Words that were asked for.
    case words([ContentID: WordsState])
    /// Output of an effect under way, as it came.
    case output(RunID, effect: Int, text: String)
    /// A sign of life of the process that holds a run.
    case presence(RunID, holder: String, at: Timestamp)
    /// One transition of a run's log that was asked for; it is folded already.
    case transition(Transition)
    /// What the daemon says about itself.
    case daemon(DaemonFacts)
    /// What became of a command.
    case receipt(ConsoleCommand, CommandOutcome)
    /// Where the cursor of a recording is.
    case replay(ReplayPlace)
    /// What a recording holds.
    case overview(ReplayOverview)
    /// What became of the past that a live view asked for.
    case past(PastNews)
    /// A recording is open and has about so many transitions.
    case recorded(rows: Int)
    /// Rows of a recording that were asked for.
    case rows([RecordingRow])
    /// Rows of a recording that were asked for under a number, to be written into a file.
    case page(Int, [RecordingRow])
    /// How far a search of a recording is and what it has found.
    case found(Int, SearchProgress)
}

/// What the console wants of a source.
package enum SourceRequest: Sendable, Hashable {
    /// The words behind ids.
    case words([ContentID])
    /// One run's log.
    case journal(RunID)
    /// What a run's log has after a seq.
    case tail(RunID, after: Int)
    /// One transition of a run's log.
    case transition(RunID, seq: Int)
    /// Something is to be done to a run.
    case command(ConsoleCommand)
    /// The cursor of a recording is to move.
    case replay(ReplayMove)
    /// The past of a live view is wanted, or no longer.
    case past(PastRequest)
    /// Rows of a recording.
    case rows([Int])
    /// Rows of a recording that are to be written into a file, under its number.
    case page(Int, [Int])
    /// The rows of a recording that pass a filter, looked for under a number, first from a row on.
    case search(Int, Filter, from: Int)
    /// Nobody waits for what a search finds any more.
    case stopSearch(Int)
}

/// How a source is reached.
package enum Connection: Sendable, Hashable {
    /// The first attempt is under way.
    case connecting
    /// News arrives; `lag` is how old it is on arrival, where that is known.
    case live(lag: Duration?)
    /// Lost; the next attempt is made at `retryAt`.
    case reconnecting(retryAt: Timestamp, reason: String)
    /// Lost for good; the reason says what to do.
    case failed(String)
    /// A recording: nothing can be lost.
    case recording

    /// Whether what is shown may be out of date.
    package var isLost: Bool {
        switch self {
        case .reconnecting, .failed: true
        case .connecting, .live, .recording: false
        }
    }
}

/// What a daemon says about itself when the console attaches.
package struct DaemonFacts: Sendable, Hashable {
    /// The product's version.
    package var version: String
    /// The names of its roles.
    package var roles: [String]

    package init(version: String, roles: [String] = []) {
        self.version = version
        self.roles = roles
    }
}
