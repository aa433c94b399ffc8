import SomaCore
import SomaEngine

/// What strikes a cluster.
enum ClusterFault: String, CaseIterable {
    /// A process ends between any two steps.
    case crash
    /// A process is stopped, often for longer than its leases last.
    case stop
    /// Nothing passes between a process and the store.
    case cut
    /// A process's clock on the wall is set wrong.
    case clock
    /// A process is told to end in an orderly way.
    case drain
}

/// Effects, people and faults.
extension ClusterLoop {
    // MARK: Effects

    mutating func perform(_ call: EffectCall, _ index: Int) {
        let key = EffectKey(run: call.run.id, effect: call.effect)
        let isSure = clock.elapsed < replicas[index].validUntil
        guard call.effectClass.mayRepeat || isSure else { return replicas[index].withheld.append(call) }
        counts.effects += 1
        note("\(index) performs \(key.run.short)/\(key.effect) try \(call.attempt)")
        // The log may tell of a later try already, where the process has lost the run and doesn't know.
        let isCurrent = checker[key.run]?.started[key.effect] == call.attempt
        if isCurrent || !call.effectClass.mayRepeat {
            checker.performed(key, attempt: call.attempt, call.effectClass)
        }
        replicas[index].underWay[key] = .init(attempt: call.attempt, effectClass: call.effectClass)
        let result = scenario.world.result(of: call, using: &random)
        let delay = random.number(500...400_000)
        let failure = EffectResult(
            succeeded: false,
            isRetryable: random.chance(0.7),
            words: Words("It didn't work this time."),
            usage: result.usage
        )
        let isTrouble = !isCalm && random.chance(configuration.effectTrouble)
        switch isTrouble ? random.below(6) : 9 {
        case 0...2: end(key, call.attempt, failure, index, after: delay)
        case 3: break  // Silence: only the engine's own timer helps.
        case 4: end(key, call.attempt, result, index, after: delay + random.number(1...20_000_000))
        case 5:
            end(key, call.attempt, result, index, after: delay)
            end(key, call.attempt, failure, index, after: delay + random.number(1...9_000_000))
        default: end(key, call.attempt, result, index, after: delay)
        }
    }

    private mutating func end(
        _ key: EffectKey,
        _ attempt: Int,
        _ result: EffectResult,
        _ index: Int,
        after microseconds: Int
    ) { after(microseconds, .ended(index, replicas[index].incarnation, key, attempt: attempt, result)) }

    mutating func abandon(_ key: EffectKey, _ index: Int) {
        guard let call = replicas[index].underWay.removeValue(forKey: key), random.chance(0.6) else { return }
        happenings.removeAll { happening in
            guard case .ended(index, _, let other, _, _) = happening.what else { return false }
            return other == key
        }
        let result = EffectResult(succeeded: false, status: "cancelled", words: Words("It was stopped."))
        end(key, call.attempt, result, index, after: random.number(1...20_000))
    }

    mutating func ended(_ index: Int, _ key: EffectKey, _ attempt: Int, _ result: EffectResult) {
        hash.add(key.effect)
        let call = replicas[index].underWay[key]
        if call?.attempt == attempt { replicas[index].underWay[key] = nil }
        if replicas[index].core.state(of: key.run) == nil {
            return after(random.number(500...5000), .late(key, attempt: attempt, result, tries: 0))
        }
        receive(.effectEnded(key.run, effect: key.effect, attempt: attempt, result), index)
    }

    mutating func late(_ key: EffectKey, _ attempt: Int, _ result: EffectResult, _ tries: Int) {
        guard let state = checker.state(key.run), !state.status.isTerminal, tries < 40,
            state.request(key.effect)?.effectClass == .once
        else { return }
        guard let index = taker(of: key.run) else {
            return after(500_000, .late(key, attempt: attempt, result, tries: tries + 1))
        }
        note("late result of \(key.run.short)/\(key.effect) goes to \(index)")
        receive(.effectEnded(key.run, effect: key.effect, attempt: attempt, result), index)
    }

    // MARK: Asking

    /// The process that has a run and can be told of it.
    private func taker(of run: RunID) -> Int? {
        let holder = leases.holder(of: run)
        return replicas.indices.first { index in
            canTake(index) && replicas[index].lease == holder && replicas[index].core.state(of: run) != nil
        }
    }

    private func canTake(_ index: Int) -> Bool {
        replicas[index].isUp && !replicas[index].isDraining && replicas[index].stoppedUntil <= clock.elapsed
            && replicas[index].cutUntil <= clock.elapsed
    }

    mutating func deliver(_ ask: Ask, tries: Int) {
        let able = replicas.indices.filter { canTake($0) }
        switch ask {
        case .start(let request):
            // Whoever had it before may have begun it.
            if let id = request.id, store.logs[id] != nil { return }
            guard let index = random.pick(able) else { return deliverLater(ask, tries) }
            let number = number(ask, tries, index)
            receive(.start(request, command: number), index)
        case .fork(let run, let seq, let edit):
            guard let origin = store.origin(run, at: seq), let index = random.pick(able) else { return }
            let number = number(ask, tries, index)
            receive(.fork(origin, edit: edit, by: "somebody", command: number), index)
        case .command(let run, let command):
            let state = checker.state(run)
            if state?.status.isTerminal == true { return counts.refusals += 1 }
            guard let index = state == nil ? random.pick(able) : taker(of: run) else {
                return deliverLater(ask, tries)
            }
            let number = number(ask, tries, index)
            if case .answer(let seq?, _) = command {
                sent[number]?.answers = seq
                sent[number]?.isStale = checker[run]?.closed.contains(seq) ?? false
            }
            receive(.command(run, command, by: "somebody", command: number), index)
        }
    }

    private mutating func deliverLater(_ ask: Ask, _ tries: Int) {
        guard tries < 400 else {
            let reason = unsettled ?? "all is settled"
            return checker.report(.liveness, "nobody takes \(ask): \(reason)")
        }
        let wait = random.number(100_000...600_000)
        after(wait, .asked(ask, tries: tries + 1))
    }

    private mutating func number(_ ask: Ask, _ tries: Int, _ index: Int) -> Int {
        defer { nextCommand += 1 }
        hash.add(nextCommand)
        let command = nextCommand
        sent[command] = Asked(ask: ask, tries: tries, replica: index)
        note("command \(command) to \(index)")
        return command
    }

    mutating func replied(_ number: Int, _ result: Result<CommandReceipt, CommandRefusal>) {
        guard number != 0 else { return }
        guard let command = sent.removeValue(forKey: number) else {
            return checker.report(.liveness, "command \(number) is answered twice")
        }
        counts.replies += 1
        switch result {
        case .success(let receipt):
            hash.add(receipt.seq)
            checker.replied(receipt)
            guard let question = command.answers else { return }
            if command.isStale {
                checker.report(.answers, "an answer to \(receipt.run)/\(question), closed before, was taken")
            } else if checker[receipt.run]?.closed.contains(question) != true {
                checker.report(
                    .answers,
                    "an answer to \(receipt.run)/\(question) was taken and didn't close it"
                )
            }
        case .failure(let refusal):
            note("reply \(number): refused, \(refusal.code)")
            counts.refusals += 1
            hash.add(refusal.code)
            guard refusal.kind == .unavailable else { return }
            after(random.number(1...400_000), .asked(command.ask, tries: command.tries + 1))
        }
    }

    // MARK: Faults

    mutating func strike() {
        let fault = faults.removeFirst()
        nextFault = counts.events + random.number(10...260)
        counts.faults += 1
        hash.add(fault.rawValue)
        guard let index = random.pick(replicas.indices.filter { replicas[$0].isUp }) else { return }
        note("fault: \(fault.rawValue) of \(index)")
        switch fault {
        case .crash: kill(index)
        case .stop: replicas[index].stoppedUntil = clock.elapsed + Int64(random.number(200_000...20_000_000))
        case .cut: replicas[index].cutUntil = clock.elapsed + Int64(random.number(200_000...15_000_000))
        case .clock: replicas[index].skew = Int64(random.number(-3600...3600)) * 1_000_000
        case .drain:
            replicas[index].isDraining = true
            replicas[index].drainsUntil = clock.elapsed + 8_000_000
            receive(.drain, index)
        }
    }

    /// A process is gone, and another one begins in its place after a while.
    mutating func kill(_ index: Int) {
        replicas[index].isUp = false
        // Whoever takes the commands next finds out how far the runs are.
        for number in sent.keys.sorted() where sent[number]?.replica == index {
            guard let command = sent.removeValue(forKey: number) else { continue }
            after(random.number(1...900_000), .asked(command.ask, tries: command.tries + 1))
        }
        after(random.number(100_000...8_000_000), .begins(index))
    }

    // MARK: The end

    mutating func finish() {
        checker.audit(store)
        for run in store.order {
            guard let state = checker.state(run) else { continue }
            let end =
                state.status.isTerminal
                ? state.status.rawValue : "waits: \(state.waiting?.reason.rawValue ?? "?")"
            counts.ends[end, default: 0] += 1
            guard checker.violations.isEmpty else { continue }
            if state != store.state(of: run) {
                checker.report(.replay, "\(run) is read from the store as another state than its log gives")
            }
            guard !state.status.isTerminal else { continue }
            switch state.waiting?.reason {
            case .doubt, .person, .budget, .pause: continue
            case .child where state.children.contains { checker.state($0)?.status.isTerminal == false }:
                continue
            default: checker.report(.liveness, "\(run) neither ended nor waits for anything that can come")
            }
        }
        if let number = sent.keys.min(), checker.violations.isEmpty {
            checker.report(.liveness, "command \(number) was never answered")
        }
    }
}
