import SomaCore

/// What happened to the run, one by one.
extension RunMachine {
    /// Takes one thing that happened.
    mutating func handle(_ input: Input, _ services: inout EngineServices) {
        switch input {
        case .command(let command, let by, let number):
            do throws(CommandRefusal) {
                try perform(command, by: by, services)
                answer(.reply(number, .success(receipt)))
            } catch {
                answer(.reply(number, .failure(error)))
            }
        case .effectEnded(let effect, let attempt, let result): ended(effect, attempt, result, services)
        case .timer(let key): timer(key, services)
        case .childEnded(let child, let outcome): ended(child, outcome, services)
        case .childCharged(let child, let usage): charge(usage, of: child)
        case .grant(let grant): self.grant(grant)
        case .adopted(let isHandedOver):
            clock.start(from: state.worked(at: state.lastAt))
            leftAt = state.lastAt
            // `run.resumed` would also end a pause, which only a person or a budget may.
            guard state.status != .paused else { return }
            let after: JSON = isHandedOver ? "handover" : "crash"
            emit(.runResumed, body: ["after": after, "holder": .string(services.holder)])
        case .refused(let reason):
            clock.start(from: state.worked(at: state.lastAt))
            fail(Self.refusedCode, reason, services)
        }
    }

    /// What is in the mailbox of a run that has ended: commands are refused, and what its calls used is charged.
    mutating func handleAfterEnd() {
        // The end may be part of this very turn, and is to be durable first.
        guard transitions.isEmpty else { return }
        for input in mailbox {
            switch input {
            case .command(_, _, let number): answer(.reply(number, .failure(.ended(state))))
            case .grant(let grant): answer(.reply(grant.command, .failure(.ended(state))))
            case .effectEnded(let effect, let attempt, let result):
                underWay.remove(.init(effect: effect, attempt: attempt))
                charge(result, effect, attempt)
            case .timer, .childEnded, .childCharged, .adopted, .refused: break
            }
        }
        mailbox = []
    }

    /// The code of a run's end where the store can't keep what it decided.
    static let refusedCode = "store.refused"

    /// What is still owed where the run is forgotten: its tries are not waited for, and whoever asked something is told
    /// to ask again, since what it led to may or may not become durable.
    ///
    /// - Parameter refusal: What whoever is answered with the group under way is told instead.
    func leftovers(_ refusal: CommandRefusal?) -> [EngineOutput] {
        var outputs = Set(performing.keys).union(underWay.map(\.effect)).sorted()
            .map { EngineOutput.abandon(state.id, effect: $0) }
        func refuse(_ number: Int) { outputs.append(.reply(number, .failure(.moved(state.id)))) }
        for input in mailbox {
            switch input {
            case .command(_, _, let number): refuse(number)
            case .grant(let grant): refuse(grant.command)
            default: break
            }
        }
        for case .reply(let number, _) in afterCommit {
            outputs.append(.reply(number, .failure(refusal ?? .moved(state.id))))
        }
        for grant in granted { refuse(grant.command) }
        return outputs
    }

    /// How far the run is now.
    var receipt: CommandReceipt {
        CommandReceipt(run: state.id, seq: state.seq, status: state.status)
    }

    /// Answers a command: what the answer rests on is durable first.
    mutating func answer(_ reply: EngineOutput) {
        if transitions.isEmpty { immediate.append(reply) } else { afterCommit(reply) }
    }
}
