import SomaCore
import SomaEngine

/// Appends on their way to the store and back, as the engine's shell and the store do it.
extension ClusterLoop {
    /// The runs that have not ended, the oldest first.
    var unfinished: [RunID] { store.order.filter { checker.state($0)?.status.isTerminal == false } }

    mutating func accept(_ group: CommitGroup, _ index: Int) {
        let waiting = Set(replicas[index].pending.flatMap(\.group.runs)).union(replicas[index].flying)
        for run in group.runs where waiting.contains(run) {
            checker.report(.groups, "\(run) has two groups on their way to the store")
        }
        let replica = replicas[index]
        replicas[index].pending.append(
            .init(group: group, at: clock.elapsed, skew: replica.skew, stoppedUntil: replica.stoppedUntil)
        )
    }

    mutating func write(_ index: Int) {
        guard replicas[index].parts.isEmpty, !replicas[index].pending.isEmpty else { return }
        replicas[index].parts = [replicas[index].pending]
        replicas[index].flying = Set(replicas[index].pending.flatMap(\.group.runs))
        replicas[index].pending = []
        send(index)
    }

    private mutating func send(_ index: Int) {
        let replica = replicas[index]
        let decided = replica.parts[0]
        var epochs: [RunID: Int64] = [:]
        for transition in decided.flatMap(\.group.transitions) where epochs[transition.run] == nil {
            let begins = transition.kind == .runStarted || transition.kind == .runForked
            let above = transition.parent.flatMap { replica.epochs[$0] } ?? 1
            epochs[transition.run] = replica.epochs[transition.run] ?? (begins ? above : 0)
        }
        let append = ClusterAppend(
            replica: index,
            process: replica.process,
            incarnation: replica.incarnation,
            lease: replica.lease,
            epochs: epochs,
            decided: decided
        )
        after(random.number(80...3000), .arrives(append))
    }

    /// The server takes all of it or nothing.
    mutating func arrive(_ append: ClusterAppend) {
        let isTaken =
            append.groups.allSatisfy { fits($0, append) } || configuration.sabotage == .ignoresEpochs
        note("append of \(append.replica).\(append.incarnation): \(append.groups.count), \(isTaken)")
        if isTaken {
            for decided in append.decided { put(decided, append) }
            if isInAmbush { ambush(append) }
        }
        after(random.number(80...3000), .answered(append, isWritten: isTaken))
    }

    private func fits(_ group: CommitGroup, _ append: ClusterAppend) -> Bool {
        var lasts: [RunID: Int] = [:]
        for transition in group.transitions {
            let run = transition.run
            guard let last = lasts[run] ?? store.logs[run]?.entries.last?.seq else {
                lasts[run] = transition.seq
                continue
            }
            guard transition.seq == last + 1 else { return false }
            lasts[run] = transition.seq
            let hasEnded = checker.state(run)?.status.isTerminal ?? false
            guard hasEnded || leases.holdings[run].map({ $0.epoch == append.epochs[run] }) ?? true else {
                return false
            }
        }
        return true
    }

    private mutating func put(_ decided: ClusterReplica.Decided, _ append: ClusterAppend) {
        let group = decided.group
        checker.speaker = append.process
        checker.tookIn(group, append.epochs)
        for run in group.runs where store.logs[run] == nil {
            leases.begin(run, epoch: max(1, append.epochs[run] ?? 1), replica: append.lease)
        }
        let decision = Decision(
            at: decided.at,
            tenure: Int(append.epochs[group.run] ?? 0),
            skew: decided.skew,
            stoppedUntil: decided.stoppedUntil
        )
        checker.decided(group, decision)
        if !isLost(group) { put(group) }
    }

    mutating func answered(_ append: ClusterAppend, _ isWritten: Bool) {
        let index = append.replica
        replicas[index].parts.removeFirst()
        if !isWritten, append.decided.count > 1 {
            let middle = append.decided.count / 2
            let halves = [Array(append.decided[..<middle]), Array(append.decided[middle...])]
            replicas[index].parts = halves + replicas[index].parts
            return send(index)
        }
        let isLast = replicas[index].parts.isEmpty
        if isLast { replicas[index].flying = [] }
        replicas[index].flying.subtract(append.groups.flatMap(\.runs))
        if isWritten { written(append, index) } else { lost(append.groups.map(\.run), index) }
        if isLast { write(index) } else { send(index) }
    }

    private mutating func written(_ append: ClusterAppend, _ index: Int) {
        checker.speaker = append.process
        for group in append.groups {
            checker.acknowledged(group, at: clock.elapsed)
            for run in group.runs {
                let live = replicas[index].core.state(of: run)
                guard let live, live.seq == checker[run]?.last else { continue }
                checker.compare(live, run)
            }
            guard replicas[index].lease == append.lease else { continue }
            for transition in group.transitions {
                if transition.kind.isTerminal {
                    replicas[index].epochs[transition.run] = nil
                } else if transition.kind == .runStarted || transition.kind == .runForked {
                    replicas[index].epochs[transition.run] = append.epochs[transition.run]
                }
            }
        }
        let moment = moment(index)
        for group in append.groups {
            carryOut(replicas[index].core.receive(.committed(group.run), at: moment), index)
        }
        // Forgotten while they were on their way, and begun under leases that are new since then.
        for run in Set(append.groups.flatMap(\.runs)).sorted()
        where replicas[index].epochs[run] != nil && replicas[index].core.state(of: run) == nil {
            replicas[index].epochs[run] = nil
            replicas[index].owed.append(run)
        }
    }
}
