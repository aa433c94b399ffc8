import SomaCore
import SomaEngine

/// Watches a simulation from outside: knows what reached the log, what was acknowledged and what was performed,
/// and nothing of how the engine came to it.
struct Checker {
    let checks: Set<Check>
    private(set) var violations: [SimulationReport.Violation] = []
    var shadows: [RunShadow] = []
    private(set) var places: [RunID: Int] = [:]
    /// How often each `once` effect was really started.
    var starts: [EffectKey: Int] = [:]
    /// The process that the rest is told of, where there are several.
    var speaker = 0
    /// What each process was told that tries used, and the tries that were charged.
    var told: [Int: [TryKey: Told]] = [:]
    var charged: Set<TryKey> = []
    /// When the present process began, on the clock that only goes forward, and how many there were before.
    var processBegan: Int64 = 0
    var processes = 0

    init(_ checks: Set<Check>) { self.checks = checks }

    static let violationsMax = 20

    mutating func report(_ check: Check, _ message: @autoclosure () -> String) {
        guard checks.contains(check), violations.count < Checker.violationsMax else { return }
        violations.append(.init(check: check, message: message()))
    }

    subscript(run: RunID) -> RunShadow? { places[run].map { shadows[$0] } }

    func state(_ run: RunID) -> RunState? { places[run].map { shadows[$0].state } }

    mutating func place(_ run: RunID) -> Int {
        if let place = places[run] { return place }
        places[run] = shadows.count
        shadows.append(RunShadow(run))
        return shadows.count - 1
    }

    // MARK: The log

    /// Bytes reached the log.
    mutating func stored(_ bytes: [UInt8]) {
        guard let transition = try? Transition(cloudEvent: bytes) else {
            return report(
                .replay,
                "bytes in the log are no transition: \(String(decoding: bytes, as: UTF8.self))"
            )
        }
        let place = place(transition.run)
        inOrder(transition, place)
        let wasEnded = shadows[place].state.status.isTerminal
        if wasEnded, transition.kind.decides {
            report(.ended, "\(transition.eventID) \(transition.kind.name) after the run's end")
        }
        if transition.kind == .childFinished { rolledUp(transition, place) }
        waited(transition, place)
        shadows[place].state.apply(transition)
        chargedLate(transition, place)
        spent(place, transition)
        remember(transition, place)
    }

    private mutating func inOrder(_ transition: Transition, _ place: Int) {
        let last = shadows[place].last
        if shadows[place].count == 0 {
            shadows[place].first = transition.seq
            let first = transition.kind == .runForked ? (transition.body["at"]?.int ?? 0) + 1 : 1
            if transition.seq != first || (transition.kind != .runForked && transition.kind != .runStarted) {
                report(.sequence, "\(transition.run) begins with \(transition.seq) \(transition.kind.name)")
            }
        } else if transition.seq != last + 1 {
            report(.sequence, "\(transition.run): \(transition.seq) comes after \(last)")
        }
        let before = shadows[place].state.lastAt
        if shadows[place].count > 0, transition.at < before {
            report(.time, "\(transition.eventID) is dated \(transition.at), before \(before)")
        }
        shadows[place].last = max(last, transition.seq)
        shadows[place].count += 1
    }

    private mutating func remember(_ transition: Transition, _ place: Int) {
        let body = transition.body
        if transition.more > 0 { shadows[place].inside.insert(transition.seq) }
        switch transition.kind {
        case .runForked:
            guard let origin = body["from"]?.string.map(RunID.init), let seq = body["at"]?.int else { return }
            if self[origin]?.inside.contains(seq) == true {
                report(.forks, "\(transition.run) begins inside of a decision of \(origin), after \(seq)")
            }
        case .interruptClosed:
            guard let seq = body["interrupt"]?.int else { return }
            if !shadows[place].closed.insert(seq).inserted {
                report(.answers, "\(transition.eventID) closes question \(seq) again")
            }
        case .effectStarted:
            guard let effect = body["effect"]?.int else { return }
            shadows[place].started[effect] = transition.attempt
            began(effect, place, transition.at)
        case .effectSettled:
            guard let effect = body["effect"]?.int, body["happened"]?.bool == false else { return }
            shadows[place].undone[effect, default: 0] += 1
        case .budgetChanged:
            guard let reserve = body["reserve"]?.object.map({ Usage($0) }),
                let request = body["request"]?.int,
                let child = shadows[place].state.request(request)?.child
            else { return }
            shadows[place].grants[child]?.reserve = reserve
        case .runCompleted, .runFailed, .runCancelled:
            shadows[place].spentAtEnd = shadows[place].state.budget.spent
        case .childSpawned:
            guard let child = body["child"]?.string.map(RunID.init) else { return }
            let limits = shadows[place].state.budget.limits
            shadows[place].grants[child] = RunShadow.Grant(
                reserve: body["reserve"]?.object.map { Usage($0) } ?? .zero,
                tokens: limits.tokens != nil,
                microdollars: limits.microdollars != nil,
                steps: limits.steps != nil
            )
        default: break
        }
    }

    /// A child's use must be what its own log says, once that log has ended.
    private mutating func rolledUp(_ transition: Transition, _ place: Int) {
        let body = transition.body
        guard let child = body["child"]?.string.map(RunID.init),
            let shadow = self[child]
        else { return }
        let used = shadow.state
        shadows[place].allow(shadow.late)
        let usage = body["usage"]?.object.map { Usage($0) } ?? .zero
        if !used.status.isTerminal {
            report(.children, "\(transition.eventID) counts \(child) as ended, which it isn't in the log")
        } else if used.status.rawValue != body["status"]?.string
            || ![used.budget.spent, shadow.spentAtEnd].contains(usage)
        {
            report(
                .children,
                "\(transition.eventID) counts \(usage) for \(child), which used \(used.budget.spent)"
            )
        }
    }

    private mutating func spent(_ place: Int, _ transition: Transition) {
        let budget = shadows[place].state.budget
        let total = budget.spent + budget.reserved
        if let before = shadows[place].committed {
            // A limit that a person sets below what is used already binds what is used from then on.
            let limits = budget.limits
            let most = Usage(
                tokens: max(limits.tokens ?? .max, before.tokens),
                microdollars: max(limits.microdollars ?? .max, before.microdollars),
                steps: max(limits.steps ?? .max, before.steps)
            )
            if !total.fits(most) {
                report(.budget, "\(transition.eventID) \(transition.kind.name): \(total) is over \(limits)")
            }
        }
        guard let parent = transition.parent, let above = places[parent],
            let grant = shadows[above].grants[transition.run]
        else { return }
        let late = shadows[place].late
        let most = Usage(
            tokens: grant.tokens ? grant.reserve.tokens : .max,
            microdollars: grant.microdollars ? grant.reserve.microdollars : .max,
            steps: grant.steps ? grant.reserve.steps : .max
        )
        if !total.fits(most + late) {
            report(.budget, "\(transition.eventID): \(total) is over the grant \(grant.reserve)")
        }
    }

    /// A group with its snapshots reached the log.
    mutating func stored(_ group: CommitGroup) {
        for run in group.runs {
            let place = place(run)
            let budget = shadows[place].state.budget
            shadows[place].committed = budget.spent + budget.reserved
        }
        for snapshot in group.snapshots where state(snapshot.id) != snapshot {
            report(.snapshots, "the state of \(snapshot.id) at \(snapshot.seq) isn't the fold of its log")
        }
    }

    // MARK: What was promised

    /// The engine was told that a group is durable.
    mutating func acknowledged(_ group: CommitGroup, at elapsed: Int64) {
        mustBeCharged(group)
        for transition in group.transitions {
            var hash = EventHash()
            hash.add(transition.cloudEvent())
            let place = place(transition.run)
            let first = shadows[place].count == 0 ? transition.seq : shadows[place].first
            shadows[place].acknowledged.append((place: transition.seq - first, hash: hash.value))
            shadows[place].acknowledgedAt = elapsed
        }
    }

    /// Everything acknowledged must be in the log as it was.
    mutating func audit(_ store: SimulatedStore) {
        guard checks.contains(.acknowledged) else { return }
        for shadow in shadows {
            let entries = store.logs[shadow.state.id]?.entries ?? []
            for (index, expected) in shadow.acknowledged {
                var hash = EventHash()
                if entries.indices.contains(index) { hash.add(entries[index].bytes) }
                guard hash.value != expected else { continue }
                report(
                    .acknowledged,
                    "entry \(index + 1) of \(shadow.state.id) was acknowledged and isn't there"
                )
                break
            }
        }
    }

    /// Somebody was told that what they asked for is durable up to here.
    mutating func replied(_ receipt: CommandReceipt) {
        let last = self[receipt.run]?.last ?? 0
        if last < receipt.seq {
            report(.acknowledged, "\(receipt.run)/\(receipt.seq) was acknowledged; the log ends at \(last)")
        }
    }

    /// The engine's own state must be the fold of the log.
    mutating func compare(_ live: RunState?, _ run: RunID) {
        guard checks.contains(.replay), let live, let state = state(run), live != state else { return }
        report(.replay, "\(run)/\(state.seq): \(Checker.difference(live, state))")
    }

    static func difference(_ live: RunState, _ replayed: RunState) -> String {
        for (left, right) in zip(Mirror(reflecting: live).children, Mirror(reflecting: replayed).children) {
            let (one, other) = ("\(left.value)", "\(right.value)")
            if one != other { return "\(left.label ?? "") is \(one), replayed \(other)" }
        }
        return "the states differ"
    }

    // MARK: Effects

    /// An effect is started in the world.
    mutating func performed(_ key: EffectKey, attempt: Int, _ effectClass: EffectClass) {
        if let place = places[key.run], shadows[place].started[key.effect] != attempt {
            report(.intent, "\(key.run)/\(key.effect) is performed before the log says that it is started")
        }
        // What the log says counts, not what the engine makes of it.
        guard state(key.run)?.request(key.effect)?.effectClass ?? effectClass == .once else { return }
        starts[key, default: 0] += 1
        let allowed = 1 + (places[key.run].flatMap { shadows[$0].undone[key.effect] } ?? 0)
        if let count = starts[key], count > allowed {
            report(.once, "\(key.run)/\(key.effect) is started for the \(count). time")
        }
        // A person may have been asked by now whether it happened.
        if let request = state(key.run)?.request(key.effect), request.state != .started {
            report(.once, "\(key.run)/\(key.effect) is started, and the log says \(request.state.rawValue)")
        }
    }
}

extension CommitGroup {
    /// The runs that it writes to.
    var runs: [RunID] {
        var runs: [RunID] = []
        for transition in transitions where !runs.contains(transition.run) { runs.append(transition.run) }
        return runs
    }
}

extension TransitionKind {
    /// Whether it moves a run, rather than noting what happened anyway.
    fileprivate var decides: Bool {
        switch self {
        case .effectFinished, .childFinished, .budgetCharged, .factObserved: false
        default: true
        }
    }
}
