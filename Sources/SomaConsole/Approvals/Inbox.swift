package import SomaCore

/// What waits for a person across all runs, in the order in which it should be answered.
///
/// Kept up as transitions come in: a transition costs what its own run asks for, and the order is made anew where
/// the entries changed, and once a minute, because waiting counts. What closes elsewhere stays for a moment, with
/// who closed it, so that nothing moves under a person's fingers.
package struct Inbox: Sendable {
    /// A need in its place.
    package struct Entry: Sendable, Hashable, Identifiable {
        /// What is needed.
        package var need: Need
        /// What decided its place.
        package var rank: Rank
        /// How it was closed; `nil` while it is open.
        package var closing: Closing?

        package var id: Need.ID { need.id }

        /// The same as if it had been open until then: what was closed keeps its place among those that wait on.
        fileprivate func waiting(until moment: Timestamp) -> Entry {
            var entry = self
            entry.rank.waitSeconds = Double(max(0, (moment - need.since).microseconds)) / 1_000_000
            return entry
        }
    }

    /// How a need was closed.
    package struct Closing: Sendable, Hashable {
        /// Who did it; empty where that isn't known.
        package var by: String
        /// What was done: `approved`, `rejected`, `cancelled`.
        package var answer: String
        /// When, in the log.
        package var at: Timestamp
    }

    /// How long a closed entry stays in sight.
    package static let withdrawal = Duration.seconds(4)
    /// How many closed needs are remembered, so that a late answer can be told who was first.
    package static let closingsMax = 512

    /// The entries in their order, closed ones among them for a moment.
    package private(set) var entries: [Entry] = []
    /// Counts how often the entries changed.
    package private(set) var version = 0
    /// Counts how often what is open changed.
    package private(set) var changes = 0
    /// The words of questions about calls, by need: `interrupt.opened` names them, the fold doesn't keep them.
    package private(set) var questions: [Need.ID: ContentID] = [:]

    private var needs: [RunID: [Need]] = [:]
    /// What closed a run's needs last, until the run's state has been looked at.
    private var lastWords: [RunID: [Int: Closing]] = [:]
    private var closings: [Need.ID: Closing] = [:]
    private var closed: [Need.ID] = []
    /// Closed entries that still stand in the list, and until when.
    private var withdrawn: [Need.ID: (entry: Entry, until: Timestamp)] = [:]
    private var isStale = true
    private var minute: Int64 = .min

    package init() {}

    /// How many needs are open.
    package var openCount: Int { needs.values.reduce(0) { $0 + $1.count } }

    /// The needs of a run, the longest waiting first.
    package func needs(of run: RunID) -> [Need] { needs[run] ?? [] }

    /// The need of an id, while it is open.
    package subscript(id: Need.ID) -> Need? { needs[id.run]?.first { $0.id == id } }

    /// How a need was closed, as far as that is remembered.
    package func closing(of id: Need.ID) -> Closing? { closings[id] }

    /// The needs that are open.
    package var open: some Sequence<Need> { needs.values.lazy.flatMap { $0 } }

    // MARK: What happens

    /// Looks at a transition that was folded, before the run's state is looked at.
    package mutating func note(_ transition: Transition) {
        let body = transition.body
        let run = transition.run
        let by = body["by"]?.string ?? ""
        switch transition.kind {
        case .interruptOpened:
            guard body["effect"] != nil, let words = transition.content("question") else { return }
            questions[.init(run, .approval(question: transition.seq))] = words
        case .interruptClosed:
            guard let question = body["interrupt"]?.int else { return }
            let closing = Closing(by: by, answer: body["answer"]?.string ?? "answered", at: transition.at)
            lastWords[run, default: [:]][question] = closing
        case .effectSettled, .effectFinished:
            guard let effect = body["effect"]?.int, needs[run] != nil else { return }
            let answer = transition.kind == .effectSettled ? "settled" : "its result came"
            lastWords[run, default: [:]][effect] = Closing(by: by, answer: answer, at: transition.at)
        case .runResumed, .runCancelled, .runFailed, .runCompleted, .nodeLeft:
            guard needs[run] != nil else { return }
            let answer =
                switch transition.kind {
                case .runResumed: "went on"
                case .runCancelled: "cancelled"
                case .nodeLeft: "no longer asked"
                default: "ended"
                }
            lastWords[run, default: [:]][0] = Closing(by: by, answer: answer, at: transition.at)
        default: return
        }
    }

    /// Takes in a run as it is after its transitions.
    package mutating func note(_ run: RunState, now: Timestamp) {
        let new = run.needs
        let old = needs[run.id] ?? []
        defer { lastWords[run.id] = nil }
        guard new != old else { return }
        needs[run.id] = new.isEmpty ? nil : new
        isStale = true
        changes += 1
        let ids = Set(new.map(\.id))
        for need in old where !ids.contains(need.id) {
            let words = lastWords[run.id] ?? [:]
            let seq: Int =
                switch need.id.matter {
                case .approval(let seq), .words(let seq), .doubt(let seq): seq
                case .budget: 0
                }
            close(need, words[seq] ?? words[0] ?? Closing(by: "", answer: "", at: run.lastAt), now: now)
        }
    }

    /// Forgets what was and takes in a fleet.
    /// - Parameter now: When; `nil` where nothing is said of what is gone, as in a recording.
    package mutating func reset(_ fleet: Fleet, now: Timestamp?) {
        let old = needs
        needs = [:]
        if now == nil { withdrawn = [:] }
        for run in fleet.runs where !run.status.isTerminal {
            let new = run.needs
            if !new.isEmpty { needs[run.id] = new }
        }
        isStale = true
        changes += 1
        lastWords = [:]
        questions = questions.filter { self[$0.key] != nil }
        guard let now else { return }
        for need in old.values.joined() where self[need.id] == nil {
            close(need, Closing(by: "", answer: "", at: now), now: now)
        }
    }

    /// Keeps the words of a question whose transition was asked for.
    package mutating func keep(_ question: Transition, for id: Need.ID) {
        guard self[id] != nil, let words = question.content("question") else { return }
        questions[id] = words
    }

    private mutating func close(_ need: Need, _ closing: Closing, now: Timestamp) {
        closings[need.id] = closing
        closed.append(need.id)
        if closed.count > Self.closingsMax {
            for id in closed.prefix(Self.closingsMax / 2) {
                closings[id] = nil
                questions[id] = nil
            }
            closed.removeFirst(Self.closingsMax / 2)
        }
        guard withdrawn.count < Self.closingsMax, let entry = entries.first(where: { $0.id == need.id })
        else {
            return
        }
        withdrawn[need.id] = (
            Entry(need: need, rank: entry.rank, closing: closing), now + Self.withdrawal
        )
    }

    // MARK: Order

    /// When the next closed entry goes; `nil` where none stands in the list.
    package var nextRemoval: Timestamp? { withdrawn.values.map(\.until).min() }

    /// Takes closed entries whose time is over out of the list.
    package mutating func withdraw(now: Timestamp) {
        guard let next = nextRemoval, next <= now else { return }
        withdrawn = withdrawn.filter { $0.value.until > now }
        isStale = true
    }

    /// Brings the entries up to date; true where they changed.
    /// - Parameters:
    ///   - moment: What waiting is counted to: the wall's time, or that of a recording's cursor.
    ///   - now: The wall's time.
    package mutating func arrange(_ fleet: Fleet, moment: Timestamp, now: Timestamp) -> Bool {
        withdraw(now: now)
        let minute = moment.microseconds / Duration.seconds(60).microseconds
        guard isStale || (minute != self.minute && !needs.isEmpty) else { return false }
        isStale = false
        self.minute = minute
        version += 1
        let open = needs.values.joined().map { need in
            Entry(need: need, rank: Rank(of: need, in: fleet, at: moment))
        }
        let closed = withdrawn.values.map { $0.entry.waiting(until: moment) }
        entries = (open + closed).sorted(by: Self.comesFirst)
        return true
    }

    private static func comesFirst(_ left: Entry, _ right: Entry) -> Bool {
        if left.rank.score != right.rank.score { return left.rank.score > right.rank.score }
        if left.need.since != right.need.since { return left.need.since < right.need.since }
        return left.need.id.order < right.need.id.order
    }
}

extension Need.ID {
    /// An order for what is equally urgent: any, but always the same.
    fileprivate var order: (String, Int64) {
        let number: Int64 =
            switch matter {
            case .approval(let seq), .words(let seq), .doubt(let seq): Int64(clamping: seq)
            case .budget(let since): since.microseconds
            }
        return (run.rawValue, number)
    }
}
