package import SomaCore

/// The past of a live view: what happened before, with the time cursor in it, while the present goes on aside.
package struct Past: Sendable {
    /// How far it is.
    package enum Phase: Sendable, Hashable {
        /// It is being fetched.
        case reading(PastProgress)
        /// It is what the views show.
        case open
    }

    /// Tells this opening from those before; late news of another is passed over.
    package var number: Int
    /// How far it is.
    package var phase: Phase
    /// What of the past it is.
    package var scope: PastScope
    /// Where the cursor goes first, where the person had walked to already.
    package var target: Walk?
    /// Where the cursor goes first, where the person chose a moment of no single run.
    package var moment: Timestamp?
    /// What was told to open it, while something is being typed or asked in the present.
    package var waiting: [SourceNews] = []
    /// The present, while the past is open.
    package var present: Facts?

    package init(number: Int, scope: PastScope, target: Walk? = nil) {
        self.number = number
        self.scope = scope
        self.target = target
        phase = .reading(PastProgress(told: 0, expected: scope.transitions))
    }
}

/// How much of a past has been fetched.
package struct PastProgress: Sendable, Hashable {
    /// How many transitions are here.
    package var told: Int
    /// How many there will be.
    package var expected: Int

    package init(told: Int, expected: Int) {
        self.told = told
        self.expected = expected
    }
}

/// A run's part of a past.
package struct PastRun: Sendable, Hashable {
    /// The run.
    package var id: RunID
    /// The seq that its first transition follows.
    package var first: Int
    /// The seq of its last transition that belongs to the past.
    package var last: Int
    /// When it started.
    package var startedAt: Timestamp

    package init(id: RunID, first: Int, last: Int, startedAt: Timestamp) {
        self.id = id
        self.first = first
        self.last = last
        self.startedAt = startedAt
    }

    /// How many transitions it has.
    package var count: Int { max(0, last - first) }
}

/// Which runs a past is of: all, or, where they have happened too much, those in sight and at work before the rest.
package struct PastScope: Sendable, Hashable {
    /// The runs, the first started first.
    package var runs: [PastRun] = []
    /// How many runs there are.
    package var allRuns = 0
    /// How many transitions the runs have.
    package var transitions: Int { runs.reduce(0) { $0 + $1.count } }

    /// The most transitions that are fetched.
    package static let transitionsMax = 400_000

    package init() {}

    /// Chooses runs.
    /// - Parameters:
    ///   - fleet: All runs as they are.
    ///   - first: Runs that are wanted before any other.
    ///   - limit: The most transitions.
    package init(_ fleet: Fleet, first: Set<RunID>, limit: Int = transitionsMax) {
        allRuns = fleet.runs.count
        func rank(_ run: RunState) -> Int {
            first.contains(run.id) ? 0 : run.status.isTerminal ? 2 : 1
        }
        let all = fleet.runs.map { run in
            (rank: rank(run), run: run)
        }
        .sorted { ($0.rank, $1.run.lastAt, $0.run.id) < ($1.rank, $0.run.lastAt, $1.run.id) }
        var left = limit
        for (_, run) in all {
            let origin = run.origin?.seq ?? 0
            let part = PastRun(id: run.id, first: origin, last: run.seq, startedAt: run.startedAt)
            guard part.count > 0, part.count <= left else { continue }
            left -= part.count
            runs.append(part)
        }
        runs.sort { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
    }

    /// Says that it isn't all; `nil` where it is.
    package var words: String? {
        guard runs.count < allRuns else { return nil }
        return "\(Amounts.grouped(runs.count)) of \(Amounts.grouped(allRuns)) runs"
    }
}

/// What a console wants of the past of a live source.
package enum PastRequest: Sendable, Hashable {
    /// The logs of these runs, as one.
    case open(number: Int, [PastRun])
    /// No more of it.
    case close
}

/// What a live source tells of the past.
package enum PastNews: Sendable {
    /// How much is here.
    case progress(number: Int, PastProgress)
    /// All is here: what a recording of it tells when it is opened, and how many runs are in it.
    case opened(number: Int, runs: Int, [SourceNews])
    /// What a move of the cursor tells.
    case told(number: Int, [SourceNews])
    /// It can't be had.
    case failed(number: Int, String)
}

/// What the source has told: everything on the screen that isn't what the person is doing.
package struct Facts: Sendable {
    package var connection = Connection.connecting
    package var heardAt: Timestamp?
    package var lostAt: Timestamp?
    package var leastDelay: Duration?
    package var hasFleet = false
    package var fleet = Fleet()
    package var index = FleetIndex()
    package var activity: [RunID: Activity] = [:]
    package var recentEffects = RecentEffects()
    package var effectHistory = EffectHistory()
    package var output = LiveOutput()
    package var presence: [RunID: Presence] = [:]
    package var replay: ReplayState?
    package var stream = EventStream()
    package var inbox = Inbox()
    package var spending = Spending()
    package var homeRuns = HomeRuns()

    package init() {}
}

extension AppState {
    /// Puts other facts on the screen, and gives those that were there. Nothing is copied.
    mutating func swapFacts(_ other: inout Facts) {
        swap(&connection, &other.connection)
        swap(&heardAt, &other.heardAt)
        swap(&lostAt, &other.lostAt)
        swap(&leastDelay, &other.leastDelay)
        swap(&hasFleet, &other.hasFleet)
        swap(&fleet, &other.fleet)
        swap(&index, &other.index)
        swap(&activity, &other.activity)
        swap(&recentEffects, &other.recentEffects)
        swap(&effectHistory, &other.effectHistory)
        swap(&output, &other.output)
        swap(&presence, &other.presence)
        swap(&replay, &other.replay)
        swap(&stream, &other.stream)
        swap(&inbox, &other.inbox)
        swap(&spending, &other.spending)
        swap(&homeRuns, &other.homeRuns)
    }

    /// Whether what is on the screen isn't how things are now, in a live view.
    package var isInPast: Bool { past?.phase == .open || walked != nil }

    /// Brings the present's counts up to date, which stay in sight in the past.
    mutating func refreshPresent() {
        guard past?.present != nil else { return }
        _ = inPresent { state in
            state.index.refresh(state.fleet)
            return []
        }
    }

    /// Lets something be done to the present, while the past is on the screen.
    mutating func inPresent(_ body: (inout AppState) -> [AppEffect]) -> [AppEffect] {
        guard var present = past?.present else { return body(&self) }
        // Taken out first: two owners of a fleet would make each change copy it.
        past?.present = nil
        swapFacts(&present)
        let effects = body(&self)
        swapFacts(&present)
        past?.present = present
        return effects
    }
}
