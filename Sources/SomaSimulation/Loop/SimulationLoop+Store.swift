import SomaCore
import SomaEngine

/// The store: takes what waits as one batch, and is slow, full, broken or cut off in between.
extension SimulationLoop {
    mutating func accept(_ group: CommitGroup) {
        overlaps(group)
        note(
            "group of \(group.run.short): "
                + group.transitions.map { "\($0.run.short)/\($0.seq) \($0.kind.name)" }.joined(
                    separator: ", "
                )
        )
        pending.append(group)
        checker.decided(group, at: clock.elapsed)
        sabotage(accepted: group)
    }

    /// No run of a group may have another one on its way.
    mutating func overlaps(_ group: CommitGroup) {
        for run in group.runs where !onTheWay.insert(run).inserted {
            checker.report(.groups, "\(run) has two groups on their way to the store")
        }
    }

    mutating func startWriting() {
        guard batch.isEmpty, !pending.isEmpty else { return }
        batch = pending
        pending = []
        after(random.number(80...3000) + storeIsSlow, .stored)
        storeIsSlow = 0
    }

    /// The store has done with the batch: usually all is durable.
    mutating func batchStored() {
        if let fault = strikesNextWrite, fault == .error || batch.count > 1 {
            note("the write is struck: \(fault.rawValue)")
            return crash(tearing: fault == .tornBatch)
        }
        let groups = batch
        batch = []
        for group in groups { onTheWay.subtract(group.runs) }
        write(groups)
        for group in groups where !isLost(group) || configuration.sabotage == .losesGroup {
            checker.acknowledged(group, at: clock.elapsed)
            for run in group.runs { checker.compare(core.state(of: run), run) }
        }
        note("stored \(groups.count) groups")
        for group in groups { carryOut(core.receive(.committed(group.run), at: clock.now)) }
    }

    /// Makes groups durable.
    mutating func write(_ groups: [CommitGroup]) {
        for group in groups where !isLost(group) {
            if configuration.sabotage == .repeatsGroup, group.transitions.contains(where: { $0.seq > 9 }) {
                for transition in group.transitions { checker.stored(transition.cloudEvent()) }
            }
            for transition in sabotaged(group.transitions) {
                let bytes = transition.cloudEvent()
                hash.add(bytes)
                store.append(bytes, transition.seq, to: transition.run)
                checker.stored(bytes)
                count(transition)
            }
            store.keep(group.content)
            for snapshot in sabotaged(group.snapshots) {
                store.keep(snapshot.status.isTerminal ? snapshot : SimulationLoop.reread(snapshot))
            }
            checker.stored(
                CommitGroup(
                    run: group.run,
                    transitions: group.transitions,
                    content: [],
                    snapshots: sabotaged(group.snapshots)
                )
            )
        }
    }

    /// A state as it comes back from a store that keeps text.
    private static func reread(_ state: RunState) -> RunState {
        (try? RunState(record: JSON.parse(state.record.bytes()))) ?? RunState(id: state.id)
    }

    private mutating func count(_ transition: Transition) {
        counts.transitions += 1
        switch transition.kind {
        case .runStarted:
            counts.runs += 1
            if transition.parent != nil { counts.children += 1 }
            if transition.body["limits"]?.object?.isEmpty == false { counts.limited += 1 }
            counts.graphs[transition.body["graph"]?.string ?? "", default: 0] += 1
        case .runForked: counts.runs += 1
        case .effectInDoubt: counts.doubts += 1
        case .interruptOpened: counts.questions += 1
        case .runResumed where transition.body["after"]?.string == "clock": counts.clockJumps += 1
        case .budgetChanged where transition.body["reserve"] != nil: counts.grants += 1
        case .budgetCharged where transition.body["late"] != nil: counts.lateCharges += 1
        case .runPaused where transition.body["by"]?.string == "budget": counts.budgetPauses += 1
        default: break
        }
    }
}
