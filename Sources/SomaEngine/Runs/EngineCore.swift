public import SomaCore

/// All runs of one process: decides what every run does next. Pure, so that the simulator runs the same code as
/// the daemon.
///
/// It takes what happened (`EngineInput`) and answers with what is to be done (`EngineOutput`). It holds runs that
/// have not ended, and those that have for as long as a call of theirs may still say what it used.
public struct EngineCore: Sendable {
    var machines: [RunID: RunMachine] = [:]
    /// Runs that have ended while calls of theirs were under way.
    private var ended: [RunID: RunMachine] = [:]
    private var services: EngineServices
    private var isDraining = false
    /// Runs for which nothing more is decided here, because another process is to have them.
    private var retired: Set<RunID> = []

    /// Creates an engine without runs.
    ///
    /// - Parameters:
    ///   - catalog: Turns wishes into runs.
    ///   - hasher: Names words.
    ///   - generator: Names runs; seeded in simulations.
    ///   - holder: Who holds the runs, as it stands in their logs.
    ///   - decisionsPerGroupMax: How many decisions of a run that follow from the log alone may become durable together,
    ///     from 1: with 1, each is durable before the next is made.
    ///   - outlives: Whether an effect goes on without the process that asked for it; see `EffectHandler`.
    public init(
        catalog: any Catalog,
        hasher: any ContentHasher,
        generator: any RandomNumberGenerator & Sendable,
        holder: String,
        decisionsPerGroupMax: Int = EngineLimits.decisionsPerGroupMax,
        outlives: @escaping @Sendable (EffectRequest.Kind, String) -> Bool = { _, _ in false }
    ) {
        services = EngineServices(
            catalog: catalog,
            hasher: hasher,
            generator: generator,
            holder: holder,
            outlives: outlives,
            decisionsPerGroupMax: decisionsPerGroupMax
        )
    }

    /// The runs that have not ended.
    public var runs: [RunID] { machines.keys.sorted() }

    /// The state of a run that is at hand, its last decisions included, durable or not.
    public func state(of id: RunID) -> RunState? { machines[id]?.state ?? ended[id]?.state }

    /// The runs that have not ended, each with all that it delegated and all that it was delegated by.
    ///
    /// What has ended is not needed to tell who belongs together, except at the top.
    public var families: [RunID: [RunID]] {
        var families: [RunID: [RunID]] = [:]
        for (id, machine) in machines {
            var (top, parent) = (id, machine.state.parent)
            while let above = parent {
                top = above
                parent = machines[above]?.state.parent
            }
            families[top, default: []].append(id)
        }
        return families
    }

    /// Uses another catalog for runs that start from now on; those under way keep what they are pinned to.
    public mutating func use(_ catalog: any Catalog) {
        services = EngineServices(
            catalog: catalog,
            hasher: services.hasher,
            generator: services.generator,
            holder: services.holder,
            outlives: services.outlives,
            decisionsPerGroupMax: services.decisionsPerGroupMax
        )
    }

    /// Takes something that happened.
    ///
    /// - Parameter now: The time. The clock on the wall may jump: each run's own records never go backwards.
    /// - Returns: What is to be done, in order.
    public mutating func receive(_ input: EngineInput, at now: Moment) -> [EngineOutput] {
        switch input {
        case .start(let request, let command): return start(request, command, now)
        case .fork(let origin, let id, let edit, let by, let command):
            return fork(origin, id, edit, by, command, now)
        case .adopt(let adoption): return adopt(adoption, now)
        case .command(let run, let command, let by, let number):
            guard let state = machines[run]?.state else { return [.reply(number, .failure(.missing(run)))] }
            do throws(CommandRefusal) {
                let limits = limitsWanted(by: command, for: state)
                if let limits, let granter = try granter(of: limits, to: state) {
                    let grant = RunMachine.Grant(child: run, limits: limits, by: by, command: number)
                    return deliver(.grant(grant), to: granter, now)
                }
                let command = limits.map(RunCommand.budget) ?? command
                return deliver(.command(command, by: by, command: number), to: run, now)
            } catch {
                return [.reply(number, .failure(error))]
            }
        case .committed(let run): return committed(run, now)
        case .effectEnded(let run, let effect, let attempt, let result):
            return deliver(.effectEnded(effect: effect, attempt: attempt, result), to: run, now)
        case .timer(let run, let key): return isDraining ? [] : deliver(.timer(key), to: run, now)
        case .drain:
            isDraining = true
            return []
        case .retire(let runs):
            retired.formUnion(runs.filter { machines[$0] != nil })
            return []
        case .drop(let runs): return runs.flatMap { drop($0) }
        case .refused(let run, let refusal):
            // Children that it was about to begin go with it.
            let newborn = machines[run]?.startedChildren ?? []
            return drop(run, refusal) + newborn.flatMap { drop($0) }
        }
    }

    /// Whether another process is to have any run.
    var hasRetired: Bool { !retired.isEmpty }

    /// Whether another process is to have one of these.
    func isRetired(_ runs: [RunID]) -> Bool { hasRetired && runs.contains { retired.contains($0) } }

    private func mayDecide(_ run: RunID) -> Bool { !isDraining && !retired.contains(run) }

    /// Forgets a run with all that it waits for.
    private mutating func drop(_ run: RunID, _ refusal: CommandRefusal? = nil) -> [EngineOutput] {
        retired.remove(run)
        guard let machine = machines.removeValue(forKey: run) ?? ended.removeValue(forKey: run) else {
            return []
        }
        return machine.leftovers(refusal)
    }

    private mutating func deliver(_ input: RunMachine.Input, to run: RunID, _ now: Moment) -> [EngineOutput] {
        // Taken out and put back, so that the machine is changed in place and not copied.
        if var machine = machines.removeValue(forKey: run) {
            let turn = machine.receive(input, at: now, mayDecide: mayDecide(run), &services)
            machines[run] = machine
            return take(turn, now)
        }
        guard var machine = ended.removeValue(forKey: run) else { return [] }
        let turn = machine.receive(input, at: now, mayDecide: false, &services)
        if machine.isNeeded { ended[run] = machine }
        return take(turn, now)
    }

    private mutating func take(_ turn: RunMachine.Turn, _ now: Moment) -> [EngineOutput] {
        for machine in turn.spawned { machines[machine.state.id] = machine }
        return turn.outputs + turn.granted.flatMap { hand($0, now) }
    }

    /// Gives a child the limits for which its parent has set enough aside.
    private mutating func hand(_ grant: RunMachine.Grant, _ now: Moment) -> [EngineOutput] {
        guard machines[grant.child] != nil else {
            return [.reply(grant.command, .failure(.missing(grant.child)))]
        }
        let command = RunCommand.budget(grant.limits)
        return deliver(.command(command, by: grant.by, command: grant.command), to: grant.child, now)
    }

    private mutating func start(_ request: StartRequest, _ command: Int, _ now: Moment) -> [EngineOutput] {
        guard !isDraining else { return [.reply(command, .failure(.draining))] }
        if let id = request.id, let machine = machines[id] {
            return [.reply(command, .success(machine.receipt))]
        }
        let prepared: PreparedRun
        do throws(StartRefusal) {
            prepared = try services.prepare(request)
        } catch {
            let refusal = CommandRefusal(.refused, code: error.code, error.message, hint: error.hint)
            return [.reply(command, .failure(refusal))]
        }
        let id = request.id ?? services.newID()
        let machine = RunMachine.starting(prepared, request, id: id, parent: nil, at: now, services)
        return begin(machine, command, now)
    }

    private mutating func fork(
        _ origin: EngineInput.ForkOrigin,
        _ id: RunID?,
        _ edit: JSONObject,
        _ by: String,
        _ command: Int,
        _ now: Moment
    ) -> [EngineOutput] {
        guard !isDraining else { return [.reply(command, .failure(.draining))] }
        if let refusal = origin.refusal ?? CommandRefusal.nesting(of: edit) {
            return [.reply(command, .failure(refusal))]
        }
        do throws(StartRefusal) {
            let pinned = origin.library.pinned(by: origin.state)
            let program = try services.catalog.program(for: origin.state, pinned: pinned)
            let machine = RunMachine.forking(
                origin.state,
                library: origin.library,
                program: program,
                edit: edit,
                by: by,
                id: id ?? services.newID(),
                at: now
            )
            return begin(machine, command, now)
        } catch {
            let refusal = CommandRefusal(.refused, code: error.code, error.message, hint: error.hint)
            return [.reply(command, .failure(refusal))]
        }
    }

    private mutating func begin(_ machine: RunMachine, _ command: Int, _ now: Moment) -> [EngineOutput] {
        var machine = machine
        let receipt = CommandReceipt(run: machine.state.id, seq: machine.state.seq, status: .running)
        machine.afterCommit(.reply(command, .success(receipt)))
        let turn = machine.firstGroup()
        machines[machine.state.id] = machine
        return take(turn, now)
    }

    private mutating func adopt(_ adoption: EngineInput.Adoption, _ now: Moment) -> [EngineOutput] {
        let id = adoption.state.id
        guard machines[id] == nil, !adoption.state.status.isTerminal else { return [] }
        machines[id] = RunMachine(
            state: adoption.state,
            library: adoption.library,
            program: adoption.program
        )
        if let reason = adoption.refused { return deliver(.refused(reason), to: id, now) }
        var inputs: [RunMachine.Input] = [.adopted(isHandedOver: adoption.isHandedOver)]
        inputs += adoption.endedChildren.map { .childEnded($0.state, outcome: $0.outcome) }
        if adoption.isOrphan { inputs.append(Self.orphaned) }
        // All is known before it decides anything.
        let last = inputs.removeLast()
        machines[id]?.mailbox = inputs
        return deliver(last, to: id, now)
    }

    /// What a run is told whose parent has ended.
    private static let orphaned = RunMachine.Input.command(
        .cancel(reason: "The run that delegated it has ended."),
        by: "parent",
        command: 0
    )

    private mutating func committed(_ run: RunID, _ now: Moment) -> [EngineOutput] {
        guard var machine = machines.removeValue(forKey: run) else { return committedAfterEnd(run, now) }
        let followUp = machine.takeFollowUp()
        // Asked before the machine goes on: what it decides now is not durable yet.
        let state = machine.state
        let hasEnded = state.status.isTerminal
        let turn = machine.committed(at: now, mayDecide: mayDecide(run), &services)
        var outputs: [EngineOutput] = []
        if hasEnded {
            retired.remove(run)
            if machine.isNeeded { ended[run] = machine }
            outputs += take(turn, now) + [.ended(state)]
            outputs += end(state, outcome: machine.library[state.outcome], now)
        } else {
            machines[run] = machine
            outputs += take(turn, now)
        }
        for grant in followUp.granted { outputs += hand(grant, now) }
        // Children that the group started go on with it: their first transition was part of it.
        for child in followUp.startedChildren { outputs += committed(child, now) }
        return outputs
    }

    /// Tells the run that waits for it, and ends what it delegated.
    private mutating func end(_ state: RunState, outcome: Words?, _ now: Moment) -> [EngineOutput] {
        var outputs: [EngineOutput] = []
        for child in state.children { outputs += deliver(Self.orphaned, to: child, now) }
        if let parent = state.parent {
            outputs += deliver(.childEnded(state, outcome: outcome), to: parent, now)
        }
        return outputs
    }

    /// What a call of a run that has ended used is durable: the run that delegated it counts it too.
    private mutating func committedAfterEnd(_ run: RunID, _ now: Moment) -> [EngineOutput] {
        guard var machine = ended.removeValue(forKey: run) else { return [] }
        let charged = machine.takeFollowUp().charged
        let turn = machine.committed(at: now, mayDecide: false, &services)
        if machine.isNeeded { ended[run] = machine }
        var outputs = take(turn, now)
        if !charged.isZero, let parent = machine.state.parent, machines[parent] != nil {
            outputs += deliver(.childCharged(run, charged), to: parent, now)
        }
        return outputs
    }
}

extension RunMachine {
    /// Whether a run that has ended is still needed: something is on its way, or a call of it may say what it used.
    fileprivate var isNeeded: Bool { isCommitting || !underWay.isEmpty }

    /// Takes out what the group that is durable now leads to beside the run itself.
    fileprivate mutating func takeFollowUp() -> (startedChildren: [RunID], granted: [Grant], charged: Usage) {
        defer {
            startedChildren = []
            granted = []
            chargedAfterEnd = .zero
        }
        return (startedChildren, granted, chargedAfterEnd)
    }
}

extension Library {
    /// The words that a run is pinned to, by what they are of.
    package func pinned(by run: RunState) -> [String: Words] {
        run.pins.compactMapValues { self[ContentID($0)] }
    }
}
