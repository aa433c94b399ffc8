import SomaCore
import SomaEngine

/// The log: how groups get into it, and how runs are taken up from it.
extension SimulatedLoop {
    /// Makes a group durable.
    mutating func put(_ group: CommitGroup) {
        for transition in sabotaged(group.transitions) {
            let bytes = transition.cloudEvent()
            hash.add(bytes)
            store.append(bytes, transition.seq, to: transition.run)
            checker.stored(bytes)
            counts.count(transition)
        }
        store.keep(group.content)
        let snapshots = sabotaged(group.snapshots)
        for snapshot in snapshots { store.keep(snapshot.status.isTerminal ? snapshot : reread(snapshot)) }
        checker.stored(
            CommitGroup(
                run: group.run,
                transitions: group.transitions,
                content: [],
                snapshots: snapshots
            )
        )
    }

    /// A state as it comes back from a store that keeps text.
    private func reread(_ state: RunState) -> RunState {
        (try? RunState(record: JSON.parse(state.record.bytes()))) ?? RunState(id: state.id)
    }

    /// A run as the store holds it; `nil` where it has ended.
    mutating func reopened(_ run: RunID) -> RunState? {
        guard let state = store.state(of: run) else { return nil }
        if state != checker.state(run) {
            checker.report(.replay, "\(run) is read from the store as another state than its log gives")
        }
        return state.status.isTerminal ? nil : state
    }

    /// What an engine needs to take up a run.
    ///
    /// - Parameter others: The runs that are taken up with it.
    mutating func adoption(of state: RunState, with others: Set<RunID>) -> EngineInput.Adoption? {
        let library = store.library(state.references)
        let program: Program
        do throws(StartRefusal) {
            program = try scenario.catalog.program(for: state, pinned: library.pinned(by: state))
        } catch {
            checker.report(.liveness, "\(state.id) can't be taken up: \(error)")
            return nil
        }
        var ended: [(state: RunState, outcome: Words?)] = []
        for child in state.children where !others.contains(child) {
            guard let state = store.state(of: child), state.status.isTerminal else { continue }
            ended.append((state, state.outcome.flatMap { store.content[$0] }))
        }
        return EngineInput.Adoption(
            state: sabotaged(adopted: state),
            library: library,
            program: program,
            endedChildren: ended,
            isOrphan: state.parent.map { !others.contains($0) } ?? false
        )
    }
}

extension SimulationReport.Counts {
    /// Counts a transition that reached the log.
    mutating func count(_ transition: Transition) {
        transitions += 1
        switch transition.kind {
        case .runStarted:
            runs += 1
            if transition.parent != nil { children += 1 }
            if transition.body["limits"]?.object?.isEmpty == false { limited += 1 }
            graphs[transition.body["graph"]?.string ?? "", default: 0] += 1
        case .runForked: runs += 1
        case .effectInDoubt: doubts += 1
        case .interruptOpened: questions += 1
        case .runResumed where transition.body["after"]?.string == "clock": clockJumps += 1
        case .budgetChanged where transition.body["reserve"] != nil: grants += 1
        case .budgetCharged where transition.body["late"] != nil: lateCharges += 1
        case .runPaused where transition.body["by"]?.string == "budget": budgetPauses += 1
        default: break
        }
    }
}
