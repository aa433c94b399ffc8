package import SomaCore

/// What a person does to a run.
package enum SteeringMessage: Sendable, Hashable {
    case approved, rejected, edited, settled, paused, cancelled
    /// The budget is to be changed.
    case budgeted
    /// A new run is to go on from the place that is looked at.
    case forked
}

extension RunState {
    /// The question to a person that has been open the longest.
    package var openQuestion: Request? {
        activations.flatMap(\.requests)
            .filter { $0.question != nil && $0.state == .awaitingApproval }
            .min { $0.since < $1.since }
    }

    /// The effect that may have happened, in doubt the longest.
    package var doubt: Request? {
        activations.flatMap(\.requests).filter { $0.state == .inDoubt }.min { $0.since < $1.since }
    }
}

extension AppState {
    /// Answers a steering key.
    mutating func update(steering message: SteeringMessage) -> [AppEffect] {
        guard !isReadOnly, !isRefusedAway() else { return [] }
        if actsOnMarked, message != .forked {
            askBulk(message)
            return []
        }
        switch message {
        case .approved:
            guard let need = needInSight({ !$0.isDoubt }), !isUnderWay(need.id) else { return [] }
            return approve(need)
        case .rejected:
            guard let need = needInSight(\.isApproval), let question = need.id.matter.question,
                !isUnderWay(need.id)
            else { return [] }
            prompt = Prompt(.reject(need.id.run, question: question))
        case .edited:
            guard let need = needInSight(\.isApproval), !isUnderWay(need.id) else { return [] }
            return edit(need)
        case .settled:
            guard let need = needInSight(\.isDoubt), !isUnderWay(need.id) else { return [] }
            settle(need)
        case .paused:
            guard let run = runInSight() else { return [] }
            return send(ConsoleCommand(run.id, run.status == .paused ? .resume : .pause))
        case .cancelled: if let run = runInSight() { askToCancel(run) }
        case .budgeted: if let run = runInSight() { askForBudget(run) }
        case .forked: askToFork()
        }
        return []
    }

    private mutating func approve(_ need: Need) -> [AppEffect] {
        let run = need.id.run
        switch need.id.matter {
        case .approval(let question):
            return send(ConsoleCommand(run, .approve(question: question, arguments: nil)))
        case .words(let question): prompt = Prompt(.answer(run, question: question))
        case .doubt: break
        case .budget: fleet[run].map { askForBudget($0) }
        }
        return []
    }

    private mutating func settle(_ need: Need) {
        guard case .doubt(let effect) = need.id.matter else { return }
        let run = need.id.run
        confirmation = Confirmation(
            title: "Did it happen?",
            lines: [
                "\(need.name) of \(run.short) was started, and its result was lost.",
                "It is never repeated by itself. Say what you know.",
            ],
            choices: [
                .init(
                    key: "y",
                    title: "it happened",
                    commands: [.init(run, .settle(effect: effect, happened: true))]
                ),
                .init(
                    key: "n",
                    title: "it didn't: do it",
                    commands: [.init(run, .settle(effect: effect, happened: false))]
                ),
                .init(key: "c", title: "leave it"),
            ]
        )
    }

    private mutating func askToCancel(_ run: RunState) {
        let below = aliveInTree(of: run.id) - 1
        confirmation = Confirmation(
            title: "Cancel \(run.id.short)?",
            lines: [
                text(run.goal) ?? "",
                below <= 0
                    ? "It ends now and can't be taken up again."
                    : "It ends now, and so do \(below) below it. None can be taken up again.",
            ],
            choices: [
                .init(key: "y", title: "cancel it", commands: [.init(run.id, .cancel(reason: ""))]),
                .init(key: "n", title: "leave it"),
            ]
        )
    }

    // MARK: Sending

    /// Whether the same was sent already and has no answer yet; says so.
    private mutating func isUnderWay(_ id: Need.ID) -> Bool {
        guard answering[id] != nil else { return false }
        notice = Notice("\(id.run.short): your answer is on its way; nothing was sent twice.")
        return true
    }

    /// Sends several commands and says so.
    mutating func send(_ commands: [ConsoleCommand]) -> [AppEffect] {
        guard commands.count > 1 else { return commands.first.map { send($0) } ?? [] }
        guard !isInPast else { return refuseInPast() }
        guard !isRefusedAway() else { return [] }
        notice = Notice("\(Amounts.grouped(commands.count)) commands: sent, waiting for the daemon")
        bulk = BulkReceipts(commands)
        // What was marked for this has served.
        fleetView.marked.subtract(commands.map(\.run))
        return commands.map { .send(.command($0)) }
    }

    /// Sends a command and says so; what came of it arrives as a receipt.
    mutating func send(_ command: ConsoleCommand) -> [AppEffect] {
        guard !isInPast || command.isAboutPast else { return refuseInPast() }
        guard !isRefusedAway() else { return [] }
        if let id = command.need {
            guard let need = inbox[id] else {
                notice = closedNotice(id)
                return []
            }
            guard !isUnderWay(need.id) else { return [] }
            answering[id] = command
        }
        notice = Notice(command.subject + ": sent, waiting for the daemon")
        return [.send(.command(command))]
    }

    /// Whether there is no daemon that could be asked for anything; says so.
    private mutating func isRefusedAway() -> Bool {
        guard connection.isLost else { return false }
        notice = Notice("Not sent: the daemon is away.", .bad)
        return true
    }

    private mutating func refuseInPast() -> [AppEffect] {
        notice = Notice("Not sent: this is the past. T goes back to now.", .bad)
        return []
    }

    /// Takes what became of a command.
    mutating func take(_ outcome: CommandOutcome, of command: ConsoleCommand) -> [AppEffect] {
        let subject = command.subject
        if case .done = outcome {} else if let need = command.need { answering[need] = nil }
        switch outcome {
        case .done(let run):
            guard let run else {
                notice = Notice("\(subject) \(command.done)", .good)
                return []
            }
            notice = Notice(
                command.run.rawValue.isEmpty
                    ? "\(run.short) started" : "\(subject) \(command.done): \(run.short) goes on from there",
                .good
            )
            // The new run is looked at as it is now, wherever the person was in time.
            // Who is typing or is being asked stays where they are.
            guard prompt == nil, confirmation == nil else { return [] }
            let effects = leavePast()
            fleetView.selected = run
            show(.run(run))
            return effects
        case .refused(let reason, let code):
            if code.hasPrefix("question."), let need = command.need, inbox.closing(of: need) != nil {
                notice = closedNotice(need)
            } else {
                notice = Notice("\(subject) not changed: \(reason)", .bad)
            }
        case .unanswered(let reason):
            notice = Notice("\(subject): not known whether it was \(command.verb). \(reason)", .bad)
        }
        return []
    }

    /// Forgets answers whose questions are closed, or of which nothing is known after a lost connection.
    mutating func forgetAnswers(all: Bool = false) {
        // A recording, or the past, says nothing of answers that are on their way.
        guard !answering.isEmpty, replay == nil else { return }
        answering = all ? [:] : answering.filter { inbox[$0.key] != nil }
    }
}

extension ConsoleCommand {
    /// What a notice about it begins with.
    var subject: String { run.rawValue.isEmpty ? "the new run" : run.short }

    /// What it does, in a sentence that doubts it.
    fileprivate var verb: String {
        switch action {
        case .approve: "approved"
        case .reject: "rejected"
        case .answer: "answered"
        case .settle: "settled"
        case .cancel: "cancelled"
        case .pause: "paused"
        case .resume: "resumed"
        case .budget: "given the budget"
        case .fork: "forked"
        case .start: "started"
        }
    }

    /// Whether it makes sense while the past is looked at.
    fileprivate var isAboutPast: Bool {
        switch action {
        case .fork, .start: true
        default: false
        }
    }

    /// The need that it answers.
    package var need: Need.ID? {
        switch action {
        case .approve(let question, _), .reject(let question, _): .init(run, .approval(question: question))
        case .answer(let question, _): .init(run, .words(question: question))
        case .settle(let effect, _): .init(run, .doubt(effect: effect))
        case .cancel, .pause, .resume, .budget, .fork, .start: nil
        }
    }
}
