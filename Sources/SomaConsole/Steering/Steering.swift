package import SomaCore

/// What a person does to a run.
package enum SteeringMessage: Sendable, Hashable {
    case approved, rejected, edited, settled, paused, cancelled
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
    /// The run that steering keys act on.
    package var steered: RunState? {
        selectedRun.flatMap { fleet[$0] }
    }

    /// Answers a steering key.
    mutating func update(steering message: SteeringMessage) -> [AppEffect] {
        guard !isReadOnly else { return [] }
        if actsOnMarked {
            askBulk(message)
            return []
        }
        guard let run = steered else { return [] }
        switch message {
        case .approved:
            guard let request = run.openQuestion, let question = request.question else { return [] }
            if request.kind == .question {
                prompt = Prompt(.answer(run.id, question: question))
                return []
            }
            return send(ConsoleCommand(run.id, .approve(question: question, arguments: nil)))
        case .rejected:
            guard let question = run.openQuestion?.question else { return [] }
            prompt = Prompt(.reject(run.id, question: question))
        case .edited:
            guard let request = run.openQuestion, let question = request.question else { return [] }
            guard let arguments = text(request.arguments) else {
                notice = Notice("The arguments have not arrived yet.", .bad)
                return []
            }
            prompt = Prompt(.edit(run.id, question: question), text: arguments)
        case .settled:
            guard let request = doubt(of: run) else { return [] }
            confirmation = Confirmation(
                title: "Did it happen?",
                lines: [
                    "\(request.name) of \(run.id.short) was started, and its result was lost.",
                    "It is never repeated by itself. Say what you know.",
                ],
                choices: [
                    .init(
                        key: "y",
                        title: "it happened",
                        commands: [.init(run.id, .settle(effect: request.id, happened: true))]
                    ),
                    .init(
                        key: "n",
                        title: "it didn't: do it",
                        commands: [.init(run.id, .settle(effect: request.id, happened: false))]
                    ),
                    .init(key: "c", title: "leave it"),
                ]
            )
        case .paused:
            return send(ConsoleCommand(run.id, run.status == .paused ? .resume : .pause))
        case .cancelled:
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
        return []
    }

    /// Sends several commands and says so.
    mutating func send(_ commands: [ConsoleCommand]) -> [AppEffect] {
        guard !isInPast else { return refuseInPast() }
        guard commands.count > 1 else { return commands.first.map { send($0) } ?? [] }
        notice = Notice("\(Amounts.grouped(commands.count)) commands: sent, waiting for the daemon")
        bulk = BulkReceipts(commands)
        // What was marked for this has served.
        fleetView.marked.subtract(commands.map(\.run))
        return commands.map { .send(.command($0)) }
    }

    /// Sends a command and says so; what came of it arrives as a receipt.
    mutating func send(_ command: ConsoleCommand) -> [AppEffect] {
        guard !isInPast else { return refuseInPast() }
        notice = Notice("\(command.run.short): sent, waiting for the daemon")
        return [.send(.command(command))]
    }

    private mutating func refuseInPast() -> [AppEffect] {
        notice = Notice("Not sent: this is the past. T goes back to now.", .bad)
        return []
    }

    /// Takes an answer typed at the bottom.
    mutating func submit(_ purpose: Prompt.Purpose, _ text: String) -> [AppEffect] {
        switch purpose {
        case .command: return run(command: text)
        case .time: return go(toTime: text)
        case .filter:
            view.feature.arrange(&self)
            return []
        case .reject(let run, let question):
            guard !text.isEmpty else {
                notice = Notice("Not rejected: say why, so that the run can do better.", .bad)
                return []
            }
            return send(ConsoleCommand(run, .reject(question: question, message: text)))
        case .answer(let run, let question):
            guard !text.isEmpty else {
                notice = Notice("Not answered: the answer is empty.", .bad)
                return []
            }
            return send(ConsoleCommand(run, .answer(question: question, text: text)))
        case .edit(let run, let question):
            do throws(JSONError) {
                _ = try JSON.parse(text)
            } catch {
                notice = Notice("Not approved: the arguments are not JSON (\(error)).", .bad)
                return []
            }
            return send(ConsoleCommand(run, .approve(question: question, arguments: text)))
        }
    }
}
