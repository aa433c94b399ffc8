public import SomaCore

/// All runs of one process: decides what every run does next. Pure, so that the simulator runs the same code as
/// the daemon.
///
/// It takes what happened (`EngineInput`) and answers with what is to be done (`EngineOutput`). It holds only
/// runs that have not ended.
public struct EngineCore: Sendable {
    private var machines: [RunID: RunMachine] = [:]
    private var services: EngineServices
    private var isDraining = false

    /// Creates an engine without runs.
    ///
    /// - Parameters:
    ///   - catalog: Turns wishes into runs.
    ///   - hasher: Names words.
    ///   - generator: Names runs; seeded in simulations.
    ///   - holder: Who holds the runs, as it stands in their logs.
    public init(
        catalog: any Catalog,
        hasher: any ContentHasher,
        generator: any RandomNumberGenerator & Sendable,
        holder: String
    ) {
        services = EngineServices(catalog: catalog, hasher: hasher, generator: generator, holder: holder)
    }

    /// The runs that have not ended.
    public var runs: [RunID] { machines.keys.sorted() }

    /// The state of a run that has not ended, its last decisions included, durable or not.
    public func state(of id: RunID) -> RunState? { machines[id]?.state }

    /// Uses another catalog for runs that start from now on; those under way keep what they are pinned to.
    public mutating func use(_ catalog: any Catalog) {
        services = EngineServices(
            catalog: catalog,
            hasher: services.hasher,
            generator: services.generator,
            holder: services.holder
        )
    }

    /// Takes something that happened.
    ///
    /// - Parameter now: The time, which may jump: each run's own records never go backwards.
    /// - Returns: What is to be done, in order.
    public mutating func receive(_ input: EngineInput, at now: Timestamp) -> [EngineOutput] {
        switch input {
        case .start(let request, let command): return start(request, command, now)
        case .fork(let origin, let library, let edit, let by, let command):
            return fork(origin, library, edit, by, command, now)
        case .adopt(let adoption): return adopt(adoption, now)
        case .command(let run, let command, let by, let number):
            guard let state = machines[run]?.state else {
                let refusal = CommandRefusal(
                    .missing,
                    code: "run.missing",
                    "There is no run \(run.short) at work here."
                )
                return [.reply(number, .failure(refusal))]
            }
            if case .budget(let limits) = command, let refusal = overGrant(state, limits) {
                return [.reply(number, .failure(refusal))]
            }
            return deliver(.command(command, by: by, command: number), to: run, now)
        case .committed(let run): return committed(run, now)
        case .effectEnded(let run, let effect, let attempt, let result):
            return deliver(.effectEnded(effect: effect, attempt: attempt, result), to: run, now)
        case .timer(let run, let key): return isDraining ? [] : deliver(.timer(key), to: run, now)
        case .drain:
            isDraining = true
            return []
        }
    }

    private mutating func deliver(_ input: RunMachine.Input, to run: RunID, _ now: Timestamp)
        -> [EngineOutput]
    {
        // Taken out and put back, so that the machine is changed in place and not copied.
        guard var machine = machines.removeValue(forKey: run) else { return [] }
        let turn = machine.receive(input, at: now, mayDecide: !isDraining, &services)
        machines[run] = machine
        return take(turn)
    }

    private mutating func take(_ turn: RunMachine.Turn) -> [EngineOutput] {
        for machine in turn.spawned { machines[machine.state.id] = machine }
        return turn.outputs
    }

    private mutating func start(_ request: StartRequest, _ command: Int, _ now: Timestamp) -> [EngineOutput] {
        guard !isDraining else { return [.reply(command, .failure(.draining))] }
        let prepared: PreparedRun
        do throws(StartRefusal) {
            prepared = try services.catalog.prepare(request)
        } catch {
            let refusal = CommandRefusal(.refused, code: error.code, error.message, hint: error.hint)
            return [.reply(command, .failure(refusal))]
        }
        let id = services.newID()
        let machine = RunMachine.starting(prepared, request, id: id, parent: nil, at: now, services)
        return begin(machine, command)
    }

    private mutating func fork(
        _ origin: RunState,
        _ library: Library,
        _ edit: JSONObject,
        _ by: String,
        _ command: Int,
        _ now: Timestamp
    ) -> [EngineOutput] {
        guard !isDraining else { return [.reply(command, .failure(.draining))] }
        guard !origin.status.isTerminal, !(origin.activations.isEmpty && origin.entries.isEmpty) else {
            let refusal = CommandRefusal(
                .conflict,
                code: "fork.ended",
                "\(origin.id.short) had nothing left to do after \(origin.seq). Fork from an earlier transition."
            )
            return [.reply(command, .failure(refusal))]
        }
        do throws(StartRefusal) {
            let program = try services.catalog.program(for: origin, pinned: library.pinned(by: origin))
            let machine = RunMachine.forking(
                origin,
                library: library,
                program: program,
                edit: edit,
                by: by,
                id: services.newID(),
                at: now
            )
            return begin(machine, command)
        } catch {
            let refusal = CommandRefusal(.refused, code: error.code, error.message, hint: error.hint)
            return [.reply(command, .failure(refusal))]
        }
    }

    private mutating func begin(_ machine: RunMachine, _ command: Int) -> [EngineOutput] {
        var machine = machine
        let receipt = CommandReceipt(run: machine.state.id, seq: machine.state.seq, status: .running)
        machine.afterCommit.append(.reply(command, .success(receipt)))
        let turn = machine.firstGroup(services)
        machines[machine.state.id] = machine
        return take(turn)
    }

    private mutating func adopt(_ adoption: EngineInput.Adoption, _ now: Timestamp) -> [EngineOutput] {
        let id = adoption.state.id
        guard machines[id] == nil, !adoption.state.status.isTerminal else { return [] }
        machines[id] = RunMachine(
            state: adoption.state,
            library: adoption.library,
            program: adoption.program
        )
        var outputs = deliver(.adopted, to: id, now)
        for child in adoption.endedChildren {
            outputs += deliver(.childEnded(child.state, outcome: child.outcome), to: id, now)
        }
        if adoption.isOrphan { outputs += cancel(id, now) }
        return outputs
    }

    /// What a run was granted is set aside in the run that delegated it; more would be counted nowhere.
    private func overGrant(_ state: RunState, _ limits: Limits) -> CommandRefusal? {
        guard let parent = state.parent else { return nil }
        let above = machines[parent]?.state
        let grant = above?.activations.lazy.flatMap(\.requests).first { $0.child == state.id }?.reserved
        func isOver(_ wanted: Int?, _ amount: KeyPath<Usage, Int>, _ limit: KeyPath<Limits, Int?>) -> Bool {
            guard let wanted else { return false }
            guard let above, let grant else { return wanted > state.budget.limits[keyPath: limit] ?? .max }
            let isBound = above.budget.limits[keyPath: limit] != nil || grant[keyPath: amount] > 0
            return isBound && wanted > grant[keyPath: amount]
        }
        guard
            isOver(limits.tokens, \.tokens, \.tokens) || isOver(limits.steps, \.steps, \.steps)
                || isOver(limits.microdollars, \.microdollars, \.microdollars)
        else { return nil }
        return CommandRefusal(
            .conflict,
            code: "budget.grant",
            "\(state.id.short) can't have more than \(parent.short) set aside for it. Raise the budget of "
                + "\(parent.short) and cancel \(state.id.short): what it is delegated next gets more."
        )
    }

    private mutating func cancel(_ run: RunID, _ now: Timestamp) -> [EngineOutput] {
        let command = RunCommand.cancel(reason: "The run that delegated it has ended.")
        return deliver(.command(command, by: "parent", command: 0), to: run, now)
    }

    private mutating func committed(_ run: RunID, _ now: Timestamp) -> [EngineOutput] {
        guard var machine = machines.removeValue(forKey: run) else { return [] }
        // Children that the group started go on with it: their first transition was part of it.
        let waiting = machine.startedChildren
        machine.startedChildren = []
        // Asked before the machine goes on: an end that it decides now is not durable yet.
        let hasEnded = machine.state.status.isTerminal
        let turn = machine.committed(at: now, mayDecide: !isDraining, &services)
        var outputs: [EngineOutput] = []
        if hasEnded {
            outputs += turn.outputs + [.ended(machine.state)]
            outputs += end(machine, now)
        } else {
            machines[run] = machine
            outputs += take(turn)
        }
        for child in waiting { outputs += committed(child, now) }
        return outputs
    }

    /// Tells the run that waits for it, and ends what it delegated.
    private mutating func end(_ machine: RunMachine, _ now: Timestamp) -> [EngineOutput] {
        var outputs: [EngineOutput] = []
        let state = machine.state
        for child in state.children { outputs += cancel(child, now) }
        if let parent = state.parent {
            let outcome = machine.library[state.outcome]
            outputs += deliver(.childEnded(state, outcome: outcome), to: parent, now)
        }
        return outputs
    }
}

extension CommandRefusal {
    static let draining = CommandRefusal(
        .unavailable,
        code: "draining",
        "The daemon is stopping and starts nothing new. Try again when it is back."
    )
}

extension Library {
    /// The words that a run is pinned to, by what they are of.
    package func pinned(by run: RunState) -> [String: Words] {
        run.pins.compactMapValues { self[ContentID($0)] }
    }
}
