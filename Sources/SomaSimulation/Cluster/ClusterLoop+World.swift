import SomaCore
import SomaEngine

/// What strikes a cluster.
enum ClusterFault: String, CaseIterable {
    /// A process ends between any two steps.
    case crash
    /// A process is stopped, often for longer than its leases last.
    case stop
    /// The next process that is about to do what must not happen twice is stopped just before, for longer than its leases
    /// last.
    case ambush
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
        let isSure = clock.elapsed < replicas[index].validUntil || configuration.sabotage == .trustsLease
        guard call.effectClass.mayRepeat || isSure else { return replicas[index].withheld.append(call) }
        counts.effects += 1
        note("\(index) performs \(key.run.short)/\(key.effect) try \(call.attempt)")
        // The log may tell of a later try already, where the process has lost the run and doesn't know.
        let isCurrent = checker[key.run]?.started[key.effect] == call.attempt
        if isCurrent || !call.effectClass.mayRepeat {
            checker.performed(key, attempt: call.attempt, call.effectClass)
        }
        replicas[index].underWay[key] = .init(attempt: call.attempt, effectClass: call.effectClass)
        for (wait, result) in course(of: call) { end(key, call.attempt, result, index, after: wait) }
    }

    private mutating func end(
        _ key: EffectKey,
        _ attempt: Int,
        _ result: EffectResult,
        _ index: Int,
        after microseconds: Int
    ) { after(microseconds, .ended(index, replicas[index].incarnation, key, attempt: attempt, result)) }

    mutating func abandon(_ key: EffectKey, _ index: Int) {
        replicas[index].withheld.removeAll { $0.run.id == key.run && $0.effect == key.effect }
        guard let call = replicas[index].underWay.removeValue(forKey: key), random.chance(0.6) else { return }
        happenings.removeAll { happening in
            guard case .ended(index, _, let other, _, _) = happening.what else { return false }
            return other == key
        }
        end(key, call.attempt, stopped(key), index, after: random.number(1...20_000))
    }

    mutating func ended(_ index: Int, _ key: EffectKey, _ attempt: Int, _ result: EffectResult) {
        hash.add(key.effect)
        let call = replicas[index].underWay[key]
        if call?.attempt == attempt { replicas[index].underWay[key] = nil }
        if replicas[index].core.state(of: key.run) == nil {
            return after(random.number(500...5000), .late(key, attempt: attempt, result, tries: 0))
        }
        tell(key, attempt, result, index)
    }

    private mutating func tell(_ key: EffectKey, _ attempt: Int, _ result: EffectResult, _ index: Int) {
        checker.speaker = replicas[index].process
        checker.told(key, attempt, result.usage)
        let told = sabotaged(key, attempt, result, replicas[index].core.state(of: key.run))
        receive(.effectEnded(key.run, effect: key.effect, attempt: attempt, told), index)
    }

    mutating func late(_ key: EffectKey, _ attempt: Int, _ result: EffectResult, _ tries: Int) {
        guard let state = checker.state(key.run), !state.status.isTerminal, tries < 40,
            state.request(key.effect)?.effectClass == .once
        else { return }
        guard let index = taker(of: key.run) else {
            return after(500_000, .late(key, attempt: attempt, result, tries: tries + 1))
        }
        note("late result of \(key.run.short)/\(key.effect) goes to \(index)")
        tell(key, attempt, result, index)
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
            // Where a beginning of it is on its way, and forgotten, whether it counts is seen first.
            let free = able.filter { index in request.id.map { !replicas[index].flying.contains($0) } ?? true
            }
            guard let index = random.pick(free) else { return deliverLater(ask, tries) }
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
            sent[number]?.answering = Answering(command, checker[run])
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
            judge(receipt, command.answering)
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
        let able = replicas.indices.filter { replicas[$0].isUp }
        // Rather those that wait for the store, where it hurts.
        let busy = able.filter { !replicas[$0].parts.isEmpty }
        guard let index = random.pick(busy.isEmpty || random.chance(0.3) ? able : busy) else { return }
        note("fault: \(fault.rawValue) of \(index)")
        switch fault {
        case .crash: kill(index)
        case .stop: replicas[index].stoppedUntil = clock.elapsed + Int64(random.number(200_000...20_000_000))
        case .ambush: isInAmbush = true
        case .cut: replicas[index].cutUntil = clock.elapsed + Int64(random.number(200_000...15_000_000))
        case .clock: setClock(index, ClusterLoop.skew(&random))
        case .drain:
            replicas[index].isDraining = true
            replicas[index].drainsUntil = clock.elapsed + 8_000_000
            receive(.drain, index)
        }
    }

    /// The store has taken in what a process begins next.
    mutating func ambush(_ append: ClusterAppend) {
        let begins = append.groups.lazy.flatMap(\.transitions).contains { transition in
            transition.kind == .effectStarted
                && transition.body["effect"]?.int.flatMap { checker.state(transition.run)?.request($0) }?
                    .effectClass == .once
        }
        guard isInAmbush, begins else { return }
        isInAmbush = false
        note("\(append.replica) is stopped before it begins")
        let wait = random.number(6_000_000...20_000_000)
        replicas[append.replica].stoppedUntil = clock.elapsed + Int64(wait)
    }

    private mutating func setClock(_ index: Int, _ skew: Int64) {
        let jump = skew - replicas[index].skew
        replicas[index].skew = skew
        guard configuration.sabotage == .followsWall else { return }
        for place in happenings.indices {
            guard case .rings(index, _, _, _) = happenings[place].what else { continue }
            happenings[place].at -= jump
        }
    }

    /// A process is gone, and another one begins in its place after a while.
    mutating func kill(_ index: Int) {
        replicas[index].isUp = false
        checker.speaker = replicas[index].process
        checker.forgetTold()
        // Whoever takes the commands next finds out how far the runs are.
        for number in sent.keys.sorted() where sent[number]?.replica == index {
            guard let command = sent.removeValue(forKey: number) else { continue }
            after(random.number(1...900_000), .asked(command.ask, tries: command.tries + 1))
        }
        after(random.number(100_000...8_000_000), .begins(index))
    }
}
