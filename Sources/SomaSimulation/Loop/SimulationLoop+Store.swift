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
            put(group)
        }
    }
}
