package import SomaCore
import SomaTerminal

/// The console without a screen: what a person types, a line a command, against what was told so far.
///
/// An answer binds to a question that was told; nothing is answered that the person has not been read.
package struct LinearSession: Sendable {
    /// What comes of a line.
    package struct Answer: Sendable, Hashable {
        /// Sentences, safe to print.
        package var said: [String]
        /// What the daemon is asked.
        package var command: ConsoleCommand?
        /// What is to be read out once its words are there.
        package var reads: Reading?
        /// Whether the person wants to leave.
        package var quits: Bool

        package init(
            _ said: [String] = [],
            command: ConsoleCommand? = nil,
            reads: Reading? = nil,
            quits: Bool = false
        ) {
            self.said = said.map { SafeText.line($0) }
            self.command = command
            self.reads = reads
            self.quits = quits
        }
    }

    /// What is read out word for word.
    package enum Reading: Sendable, Hashable {
        /// What a run wants, after its head.
        case need(Need.ID)
        /// The steps of a run's plan.
        case plan(RunID)
    }

    /// What a transition is to the person.
    package enum News: Sendable, Hashable {
        /// It was taken in before.
        case repeated
        /// The person was told already that it was done.
        case told
        /// It is to be told.
        case new
    }

    /// All runs as far as they were told.
    package private(set) var fleet = Fleet()
    /// What waits for a person.
    package private(set) var inbox = Inbox()
    /// Words that were told.
    package var words: [ContentID: String] = [:]

    private let workspace: String?
    private let clock: ClockFace
    private let isReadOnly: Bool
    private var answering: Set<Need.ID> = []
    private var sent: [SentCommand] = []

    package init(workspace: String?, clock: ClockFace = ClockFace(), isReadOnly: Bool = false) {
        self.workspace = workspace
        self.clock = clock
        self.isReadOnly = isReadOnly
    }

    /// Takes in all runs.
    package mutating func take(_ fleet: Fleet, words: [ContentID: String], now: Timestamp) {
        self.fleet = fleet
        self.words.merge(words) { _, new in new }
        inbox.reset(fleet, now: now)
        answering = []
        sent.removeAll { $0.isSaid }
    }

    /// Takes in what happened.
    package mutating func take(_ transition: Transition, now: Timestamp) -> News {
        guard fleet.apply(transition) != .repeated else { return .repeated }
        inbox.note(transition)
        if let run = fleet[transition.run] { inbox.note(run, now: now) }
        answering = answering.filter { inbox[$0] != nil }
        guard let index = sent.firstIndex(where: { $0.command.isDone(by: transition) }) else { return .new }
        guard sent[index].isSaid else {
            sent[index].isHeard = true
            return .new
        }
        sent.remove(at: index)
        return .told
    }

    /// Carries out a line.
    package mutating func perform(_ line: String, now: Timestamp) -> Answer {
        let answer = answer(to: line, now: now)
        if let command = answer.command {
            sent.append(SentCommand(command, changesNothing: command.changesNothing(in: fleet[command.run])))
        }
        return answer
    }

    private mutating func answer(to line: String, now: Timestamp) -> Answer {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard let name = words.first else { return Answer() }
        let rest = words.count > 2 ? words[2] : ""
        switch name {
        case "q", "quit", "exit": return Answer(quits: true)
        case "?", "help": return Answer(Self.help)
        case "needs", "list", "ls", "runs": return Answer(name == "needs" ? needs(now) : list(now))
        case "start":
            let goal = String(line.drop { $0 != " " }.drop { $0 == " " })
            return start(goal)
        case "plan", "show", "approve", "reject", "answer", "settle", "pause", "resume", "cancel", "budget":
            guard words.count > 1 else {
                return Answer(["Name a run: \(name) RUN. needs lists who waits for you."])
            }
            guard ["plan", "show"].contains(name) || !isReadOnly else {
                return Answer(["This console only reads."])
            }
            return perform(name, on: words[1], rest)
        default:
            let near = NearestName.find(name, in: Self.names).map { " Did you mean \($0)?" } ?? ""
            return Answer(["There is no command \"\(name)\".\(near) help lists them."])
        }
    }

    /// What is said when the daemon has answered; `nil` where the run itself tells what was done.
    /// - Parameter hears: Whether what runs tell arrives.
    package mutating func take(_ outcome: CommandOutcome, of command: ConsoleCommand, hears: Bool = true)
        -> String?
    {
        if let need = command.need {
            if case .done = outcome {} else { answering.remove(need) }
        }
        let place = sent.firstIndex { $0.command == command && !$0.isSaid }
        let known = place.map { sent.remove(at: $0) }
        let text: String
        switch outcome {
        case .done(let run):
            let run = run ?? command.run
            let isNothing = known?.changesNothing == true
            if known?.isHeard == true || hears && !isNothing { return nil }
            if case .start = command.action, fleet[run] != nil { return nil }
            if var known, !isNothing {
                known.command.run = run
                known.isSaid = true
                sent.append(known)
            }
            text = isNothing ? command.nothing : "\(run.short) \(command.done)."
        case .refused(let reason, _):
            text =
                command.need.flatMap { inbox.closing(of: $0) }
                .map { "Nothing was changed: \(NeedWords.closed($0, clock))." }
                ?? "Nothing was changed: \(reason)"
        case .unanswered(let reason): text = "It is not known whether this was done: \(reason)"
        }
        return SafeText.line(text)
    }

    // MARK: Commands

    private static let names = [
        "answer", "approve", "budget", "cancel", "help", "list", "needs", "pause", "plan", "quit", "reject",
        "resume",
        "settle", "show", "start",
    ]

    private static let help = [
        "needs: what waits for you, the most urgent first.", "list: runs that have not ended.",
        "show RUN: what it wants, word for word.",
        "plan RUN: its steps, and how one knows that each is done.",
        "approve RUN: let the call be made as it stands.",
        "reject RUN WHY: don't, and why.", "answer RUN TEXT: the words that were asked for.",
        "settle RUN happened, or settle RUN not-happened: about a call whose result was lost.",
        "budget RUN $2.50: what it may use in all; also 400 steps, 50k tokens, 20m.",
        "pause RUN, resume RUN, cancel RUN.", "start GOAL, or start @ROLE GOAL: a new run.",
        "quit: leave; runs go on. RUN is the beginning of a run's name, with /NUMBER where it asks several things.",
    ]

    private mutating func perform(_ name: String, on target: String, _ rest: String) -> Answer {
        let parts = target.split(separator: "/", maxSplits: 1).map(String.init)
        let runs = fleet.runs(prefix: parts.first ?? "")
        guard let run = runs.first, runs.count == 1 else {
            return Answer([
                runs.isEmpty
                    ? "No run's name begins with \"\(target)\"."
                    : "\(runs.count) runs' names begin with \"\(target)\": say more of it."
            ])
        }
        switch name {
        case "plan": return Answer(reads: .plan(run.id))
        case "pause": return Answer(command: ConsoleCommand(run.id, .pause))
        case "resume": return Answer(command: ConsoleCommand(run.id, .resume))
        case "cancel":
            guard rest == "now" else {
                return Answer([
                    "This ends \(run.id.short) for good. To do it, type: cancel \(run.id.short) now"
                ])
            }
            return Answer(command: ConsoleCommand(run.id, .cancel(reason: "")))
        case "budget":
            guard let (dimension, amount) = BudgetText.parse(rest.split(separator: " ").map(String.init))
            else {
                return Answer(["Say what it may use in all: $2.50, 400 steps, 50k tokens or 20m."])
            }
            return Answer(command: ConsoleCommand(run.id, .budget(Limits(amount, dimension))))
        default: return answer(name, run, parts.count > 1 ? Int(parts[1]) ?? 0 : nil, rest)
        }
    }

    private mutating func answer(_ name: String, _ run: RunState, _ seq: Int?, _ rest: String) -> Answer {
        let short = run.id.short
        let needs = inbox.needs(of: run.id).filter { need in
            guard Self.fits(name, need.id.matter) else { return false }
            return seq.map { $0 == need.id.matter.seq } ?? true
        }
        guard let need = needs.first else {
            if let seq, let id = Self.ids(run.id, seq).first(where: { inbox.closing(of: $0) != nil }),
                let closing = inbox.closing(of: id)
            {
                return Answer(["Nothing was sent: \(short)/\(seq) was \(NeedWords.closed(closing, clock))."])
            }
            let other = inbox.needs(of: run.id).first
            return Answer([
                other.map { "\(short) \(NeedWords.wants($0)); \(Self.hint($0)) is the way." }
                    ?? "\(short) doesn't wait for you."
            ])
        }
        guard needs.count == 1 || name == "show" else {
            let all = needs.compactMap(\.id.matter.seq).map { "\(name) \(short)/\($0)" }
            return Answer(["\(short) asks several things. Say which: \(all.joined(separator: ", "))."])
        }
        if name == "show" {
            return Answer(["\(short) \(NeedWords.wants(need)). \(Self.hint(need))."], reads: .need(need.id))
        }
        guard !answering.contains(need.id) else {
            return Answer(["Your answer is on its way; nothing was sent twice."])
        }
        let action: ConsoleCommand.Action
        switch (name, need.id.matter) {
        case ("approve", .approval(let question)): action = .approve(question: question, arguments: nil)
        case ("reject", .approval(let question)):
            guard !rest.isEmpty else {
                return Answer(["Say why, so that the run can do better: reject \(short) WHY"])
            }
            action = .reject(question: question, message: rest)
        case ("answer", .words(let question)):
            guard !rest.isEmpty else { return Answer(["Say what the answer is: answer \(short) TEXT"]) }
            action = .answer(question: question, text: rest)
        case ("settle", .doubt(let effect)):
            guard ["happened", "not-happened"].contains(rest) else {
                return Answer(["Say what you know: settle \(short) happened, or settle \(short) not-happened"]
                )
            }
            action = .settle(effect: effect, happened: rest == "happened")
        default: return Answer(["\(short) \(NeedWords.wants(need)); \(Self.hint(need)) is the way."])
        }
        answering.insert(need.id)
        return Answer(command: ConsoleCommand(run.id, action))
    }

    private static func fits(_ name: String, _ matter: Need.Matter) -> Bool {
        switch (name, matter) {
        case ("show", _), ("approve", .approval), ("reject", .approval), ("answer", .words),
            ("settle", .doubt):
            true
        default: false
        }
    }

    private static func ids(_ run: RunID, _ seq: Int) -> [Need.ID] {
        [
            .init(run, .approval(question: seq)), .init(run, .words(question: seq)),
            .init(run, .doubt(effect: seq)),
        ]
    }

    /// How a need is answered here.
    static func hint(_ need: Need) -> String {
        let place = need.id.run.short + (need.id.matter.seq.map { "/\($0)" } ?? "")
        return switch need.id.matter {
        case .approval: "approve \(place), or reject \(place) WHY"
        case .words: "answer \(place) TEXT"
        case .doubt: "settle \(place) happened, or settle \(place) not-happened"
        case .budget: "budget \(place) and what it may use in all"
        }
    }

    private mutating func needs(_ now: Timestamp) -> [String] {
        _ = inbox.arrange(fleet, moment: now, now: now)
        let open = inbox.entries.filter { $0.closing == nil }
        guard !open.isEmpty else { return ["Nobody needs you."] }
        return open.map { entry in
            let run = fleet[entry.id.run]
            let goal = run?.goal.flatMap { words[$0] }?.firstLine ?? ""
            let blocks = entry.rank.blocked > 0 ? ", blocks \(entry.rank.blocked)" : ""
            return "\(run?.role ?? "") \(entry.id.run.short) \(NeedWords.wants(entry.need)), waits "
                + "\(Amounts.wait(now - entry.need.since))\(blocks). \(Self.hint(entry.need)). \(goal)"
        }
    }

    /// How many runs are read out at a time.
    private static let listMax = 50

    private func list(_ now: Timestamp) -> [String] {
        let unfinished = fleet.runs.filter { !$0.status.isTerminal }
        guard !unfinished.isEmpty else { return ["No run is unfinished. start GOAL begins one."] }
        let lines = unfinished.suffix(Self.listMax).reversed().map { run in
            "\(run.id.short) \(LinearText.standing(run, words: words))"
        }
        let more = unfinished.count - lines.count
        return lines + (more > 0 ? ["And \(Amounts.grouped(more)) more: soma ps lists all."] : [])
    }

    private func start(_ argument: String) -> Answer {
        guard !isReadOnly else { return Answer(["This console only reads."]) }
        let parts = argument.split(separator: " ", maxSplits: 1).map(String.init)
        let role = parts.first.flatMap { $0.hasPrefix("@") ? String($0.dropFirst()) : nil }
        let goal = role == nil ? argument : parts.count > 1 ? parts[1] : ""
        guard !goal.isEmpty else { return Answer(["Say what is to be reached: start check this host"]) }
        return Answer(command: .start(StartWish(goal: goal, role: role, workspace: workspace)))
    }
}

extension Need.Matter {
    /// The number that names it in a command.
    var seq: Int? {
        switch self {
        case .approval(let seq), .words(let seq), .doubt(let seq): seq
        case .budget: nil
        }
    }
}
