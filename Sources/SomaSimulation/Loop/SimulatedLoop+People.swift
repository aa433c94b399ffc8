import SomaCore
import SomaEngine

/// People and programs that steer runs: sensibly, late, twice, or not at all.
extension SimulatedLoop {
    /// Somebody does something between two events.
    mutating func interfere() {
        guard let run = random.pick(store.order), let state = checker.state(run) else { return }
        switch random.below(24) {
        case 0: give(.command(run, .pause))
        case 1, 2: give(.command(run, .resume))
        case 3: give(.command(run, .cancel(reason: random.chance(0.5) ? "" : "Not needed any more.")))
        case 4:
            // Forks are of any place in the log, most of them of the last few.
            guard let log = store.logs[run], let entry = random.pick(log.entries.suffix(30)),
                store.order.count < 60
            else { return }
            give(.fork(run, at: entry.seq, edit: random.chance(0.3) ? ["forked": true] : [:]))
        case 5, 6: give(.command(run, .budget(changed(state.budget.limits))))
        case 7:
            // An answer to a question that was closed before.
            guard let seq = checker[run]?.closed.min() else { return }
            give(.command(run, .answer(seq: seq, answer(to: random.chance(0.5) ? .tool : .question, nil))))
        case 8: give(.command(RunID("nobody"), .pause))
        case 9: give(.command(run, .answer(seq: nil, answer(to: .question, nil))))
        default: attend(to: state)
        }
    }

    private mutating func changed(_ limits: Limits) -> Limits {
        func other(_ limit: Int?, _ random: inout SeededGenerator) -> Int? {
            limit.map { max(0, $0 + random.number(-$0 / 3...max(20, $0))) }
        }
        return Limits(
            tokens: other(limits.tokens, &random),
            microdollars: other(limits.microdollars, &random),
            steps: other(limits.steps, &random),
            seconds: other(limits.seconds, &random)
        )
    }

    private func raised(_ limits: Limits) -> Limits {
        Limits(
            tokens: limits.tokens.map { $0 + 2000 },
            microdollars: limits.microdollars.map { $0 + 2000 },
            steps: limits.steps.map { $0 + 20 },
            seconds: limits.seconds.map { $0 + 3600 }
        )
    }

    /// Does what a run waits for a person to do.
    @discardableResult
    mutating func attend(to state: RunState) -> Bool {
        guard let waiting = state.waits.filter({ $0.reason.needsPerson || $0.reason == .pause }).first else {
            return false
        }
        let run = state.id
        switch waiting.reason {
        case .doubt:
            give(.command(run, .settle(seq: waiting.seq, happened: random.chance(0.5))))
        case .person:
            guard let seq = waiting.seq, let request = state.request(question: seq) else { return false }
            let asked = request.arguments.flatMap { store.content[$0] }
            let reply = RunCommand.answer(seq: seq, answer(to: request.kind, asked))
            // Two people answer the same question, or one presses the key twice.
            if random.chance(0.25) { ask(.command(run, reply), after: random.number(1...900_000)) }
            give(.command(run, reply))
        case .budget:
            // What a child gets comes out of what its parent has, which may have to be raised first.
            if let parent = state.parent.flatMap({ checker.state($0) }), random.chance(0.5) {
                give(.command(parent.id, .budget(raised(parent.budget.limits))))
            }
            let isResumed = random.chance(state.parent == nil ? 0.1 : 0.5)
            give(.command(run, isResumed ? .resume : .budget(raised(state.budget.limits))))
        default: give(.command(run, .resume))
        }
        return true
    }

    private mutating func answer(to kind: Request.Kind, _ asked: Words?) -> RunCommand.Answer {
        // Now and then with the wrong kind of answer, which must be refused.
        let isApproval = (kind != .question) != (!isCalm && random.chance(0.05))
        guard isApproval else { return .reply("Yes, number \(random.below(5)).") }
        if random.chance(0.25) { return .reject(message: "Rather not.") }
        return .approve(arguments: asked.flatMap { scenario.edit($0, &random) })
    }

    /// People look after what waits for them, once nothing happens by itself; some never do.
    ///
    /// - Returns: Whether anybody did anything.
    mutating func tidyUp() -> Bool {
        guard tidied < 60 else { return false }
        tidied += 1
        var acted = false
        for run in store.order {
            guard let state = checker.state(run), !state.status.isTerminal else { continue }
            var dice = SeededGenerator(run: run, visit: 0, answers: 0)
            // One in eight is never looked after.
            guard dice.below(8) != 0, attend(to: state) else { continue }
            acted = true
        }
        return acted
    }
}
