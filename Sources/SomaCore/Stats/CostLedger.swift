/// Who used what: an incremental fold of transitions, of any runs in any order that keeps each run's own.
///
/// ```swift
/// var ledger = CostLedger()
/// for transition in news { ledger.apply(transition) }
/// ledger.groups(by: .model).first?.sum.usage.microdollars
/// ledger.rate(at: now).monthForecast
/// ```
///
/// It holds one tally a run, one sum a group, and the calls of runs that are under way; nothing that grows with the
/// number of transitions. Costs a fraction of a microsecond a transition.
package struct CostLedger: Sendable {
    /// The runs in the order in which they were first seen.
    package private(set) var runs: [RunTally] = []
    /// Everything that was counted since `since`.
    package private(set) var total = CostSum()
    /// Only what happened at this moment or later counts in sums and tallies; `nil`: everything.
    package let since: Timestamp?

    private var places: [RunID: Int] = [:]
    private var latest: (run: RunID, place: Int)?
    private var keys: [CostKey] = []
    private var sums: [CostSum] = []
    private var groupPlaces: [CostKey: Int] = [:]
    private var clock = ChargeClock()

    /// Creates a ledger that nothing is in.
    package init(since: Timestamp? = nil) { self.since = since }

    /// What is known of a run, or `nil` where nothing is.
    package subscript(run: RunID) -> RunTally? { places[run].map { runs[$0] } }

    /// The call that a run's transition refers to, while it is remembered.
    package func call(_ run: RunID, _ effect: Int) -> RunTally.Call? { self[run]?.calls[effect] }

    /// Takes up a run that was under way before what is read begins, as from a snapshot.
    package mutating func take(base state: RunState) {
        let place = place(of: state.id)
        runs[place].seq = max(runs[place].seq, state.seq)
        carry(state, at: place)
    }

    /// Folds one transition; one that was folded before changes nothing.
    ///
    /// - Returns: What the run itself was charged by it, if anything.
    @discardableResult
    package mutating func apply(_ transition: Transition) -> Charge? {
        let place = place(of: transition.run)
        guard transition.seq > runs[place].seq else { return nil }
        runs[place].seq = transition.seq
        let counts = since.map { transition.at >= $0 } ?? true
        if counts { runs[place].transitions.increase() }
        let body = transition.body
        switch transition.kind {
        case .runStarted: start(transition, at: place)
        case .runForked where !runs[place].isOver:
            var state = RunState(id: transition.run)
            state.apply(transition)
            carry(state, at: place)
        case .runCompleted, .runFailed, .runCancelled: runs[place].end()
        case .nodeEntered:
            if counts, !runs[place].isOver, transition.node != nil {
                runs[place].own = runs[place].own + Usage(steps: 1)
            }
        case .effectRequested:
            guard !runs[place].isOver else { break }
            let source: Charge.Source = body["effect"]?.string == "model" ? .model : .tool
            let call = RunTally.Call(source: source, name: body["name"]?.string ?? "")
            runs[place].calls[transition.seq] = call
            if counts { count(call, transition, at: place) { $0.requested.increase() } }
        case .effectStarted:
            guard !runs[place].isOver, let effect = body["effect"]?.int else { break }
            if runs[place].calls[effect] != nil { runs[place].underWay.insert(effect) }
            if counts, transition.attempt > 1 {
                count(call(body, at: place), transition, at: place) { $0.retried.increase() }
            }
        case .effectFinished: finish(transition, counts: counts, at: place)
        case .childFinished:
            if counts { delegate(body["usage"]?.object.map(Usage.init) ?? .zero, at: place) }
        case .budgetCharged where body["child"] != nil && body["effect"] == nil:
            if counts { delegate(Usage(body), at: place) }
        case .budgetCharged: return charge(transition, counts: counts, at: place)
        default: break
        }
        return nil
    }

    /// The sums of all groups, in the order in which they were first seen.
    package var groups: [(key: CostKey, sum: CostSum)] { Array(zip(keys, sums)).map { (key: $0, sum: $1) } }

    /// How fast money is used; `since` doesn't matter to it.
    package func rate(at now: Timestamp) -> BurnRate { clock.rate(at: now) }

    // MARK: One kind each

    private mutating func start(_ transition: Transition, at place: Int) {
        guard !runs[place].isOver else { return }
        runs[place].role = transition.agent
        runs[place].tenant = transition.tenant
        runs[place].parent = transition.parent
        let conversation = transition.body["document"]?[RunState.conversationKey]?["id"]?.string
        runs[place].conversation = conversation ?? ""
    }

    private mutating func carry(_ state: RunState, at place: Int) {
        runs[place].role = state.role
        runs[place].tenant = state.tenant
        runs[place].parent = state.parent
        runs[place].conversation = state.conversation?.rawValue ?? ""
        runs[place].carried = state.budget.spent
        for request in state.activations.flatMap(\.requests)
        where request.kind == .model || request.kind == .tool {
            let source: Charge.Source = request.kind == .model ? .model : .tool
            runs[place].calls[request.id] = RunTally.Call(source: source, name: request.name)
            if request.state == .started { runs[place].underWay.insert(request.id) }
        }
        if state.status.isTerminal { runs[place].end() }
    }

    private mutating func finish(_ transition: Transition, counts: Bool, at place: Int) {
        let body = transition.body
        // A call that was given up may be charged yet.
        if let effect = body["effect"]?.int, body["open"]?.bool != true {
            runs[place].underWay.remove(effect)
        }
        guard counts else { return }
        let succeeded = body["ok"]?.bool ?? false
        guard succeeded || body["retry"] == nil else { return }
        let isUnpriced = body["detail"]?["priced"]?.bool == false
        count(call(body, at: place), transition, at: place) { counts in
            if succeeded { counts.succeeded.increase() } else { counts.failed.increase() }
            if isUnpriced { counts.unpriced.increase() }
        }
    }

    private mutating func delegate(_ usage: Usage, at place: Int) {
        runs[place].delegated = runs[place].delegated + usage
    }

    private mutating func charge(_ transition: Transition, counts: Bool, at place: Int) -> Charge {
        let body = transition.body
        let effect = body["effect"]?.int ?? transition.cause
        let call = effect.flatMap { runs[place].calls[$0] }
        func amount(_ key: String) -> Int? { body[key]?.int.map { max(0, $0) } }
        let charge = Charge(
            run: transition.run,
            seq: transition.seq,
            at: transition.at,
            source: call?.source ?? .other,
            name: call?.name ?? "",
            effect: call == nil ? body["effect"]?.int : effect,
            attempt: transition.attempt,
            provenance: Provenance(record: body["provenance"]?.string),
            usage: Usage(body),
            input: amount("input"),
            output: amount("output"),
            isLate: body["late"]?.bool ?? false
        )
        clock.add(charge.usage, at: transition.at)
        if let effect, runs[place].isOver {
            runs[place].underWay.remove(effect)
            runs[place].calls[effect] = nil
        }
        guard counts else { return charge }
        runs[place].own = runs[place].own + charge.usage
        total.add(charge)
        let group = group(charge.source, charge.name, transition.at, at: place)
        sums[group].add(charge)
        return charge
    }

    // MARK: Places

    private func call(_ body: JSONObject, at place: Int) -> RunTally.Call {
        body["effect"]?.int.flatMap { runs[place].calls[$0] } ?? RunTally.Call(source: .other, name: "")
    }

    private mutating func count(
        _ call: RunTally.Call,
        _ transition: Transition,
        at place: Int,
        _ change: (inout CallCounts) -> Void
    ) {
        if call.source == .model { change(&runs[place].models) } else { change(&runs[place].tools) }
        change(&total.calls)
        change(&sums[group(call.source, call.name, transition.at, at: place)].calls)
    }

    private mutating func group(_ source: Charge.Source, _ name: String, _ at: Timestamp, at place: Int)
        -> Int
    {
        let run = runs[place]
        let key = CostKey(
            day: at.day,
            tenant: run.tenant,
            role: run.role,
            conversation: run.conversation,
            source: source,
            name: name
        )
        let group: Int
        if let known = groupPlaces[key] {
            group = known
        } else {
            group = keys.count
            groupPlaces[key] = group
            keys.append(key)
            sums.append(CostSum())
        }
        runs[place].groups.insert(group)
        return group
    }

    private mutating func place(of run: RunID) -> Int {
        if let latest, latest.run == run { return latest.place }
        let place: Int
        if let known = places[run] {
            place = known
        } else {
            place = runs.count
            places[run] = place
            runs.append(RunTally(run))
        }
        latest = (run, place)
        return place
    }
}
