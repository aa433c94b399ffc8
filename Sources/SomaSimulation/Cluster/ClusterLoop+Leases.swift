import SomaCore
import SomaEngine

/// How processes share the runs, as `LeaseWork` and the engine's shell do it.
extension ClusterLoop {
    mutating func tick(_ index: Int) {
        let replica = replicas[index]
        let isHurried = replica.isDraining || !replica.retired.isEmpty
        let wait = isHurried ? random.number(50_000...150_000) : random.number(1_100_000...1_650_000)
        if replica.cutUntil <= clock.elapsed {
            if leases.renew(replica.lease, at: clock.elapsed) {
                replicas[index].validUntil = clock.elapsed + SimulatedLeases.time
                share(index)
            } else {
                loseAll(index)
            }
        }
        if replica.isDraining, drained(index) { return }
        after(wait, .tick(index, replica.incarnation))
    }

    private mutating func share(_ index: Int) {
        let calls = replicas[index].withheld
        replicas[index].withheld = []
        for call in calls { perform(call, index) }
        leases.release(replicas[index].owed, by: replicas[index].lease)
        replicas[index].owed = []
        if replicas[index].isDraining { return part(index, .max) }
        forgetUnknown(index)
        let taken = leases.claim(families, as: replicas[index].lease, at: clock.elapsed)
        checker.gave(taken)
        // The answer may be lost, and what was taken is let go with the next one.
        guard isCalm || !random.chance(0.03) else { return }
        if !taken.isEmpty {
            note("replica \(index) takes \(taken.keys.map(\.short).sorted())")
            replicas[index].epochs.merge(taken) { max($0, $1) }
            let runs = taken.keys.sorted()
            let wait = random.chance(0.2) ? random.number(60_000...2_000_000) : random.number(1000...60_000)
            after(
                wait,
                .adopts(index, replicas[index].incarnation, lease: replicas[index].lease, runs)
            )
        }
        let fair = leases.fair(unfinished.count)
        let surplus = replicas[index].core.runs.count - fair
        part(index, surplus > max(1, fair / 5) ? surplus : 0)
    }

    /// The families with unfinished runs, the oldest first.
    private var families: [[RunID]] {
        var tops: [RunID] = []
        var families: [RunID: [RunID]] = [:]
        for run in unfinished {
            var top = run
            while let parent = checker.state(top)?.parent { top = parent }
            if families[top] == nil { tops.append(top) }
            families[top, default: []].append(run)
        }
        return tops.map { families[$0] ?? [] }
    }

    private mutating func forgetUnknown(_ index: Int) {
        let lease = replicas[index].lease
        for family in families where !family.contains(where: { replicas[index].epochs[$0] != nil }) {
            leases.release(family.filter { (leases.holdings[$0]?.epoch ?? 0) > 1 }, by: lease)
        }
    }

    /// Lets runs go so that others have their share.
    private mutating func part(_ index: Int, _ count: Int) {
        guard count > 0 || !replicas[index].retired.isEmpty else { return }
        var left = count
        func rank(_ family: [RunID]) -> Int {
            family.contains { replicas[index].retired.contains($0) }
                ? 0 : replicas[index].isIdle(family) ? 1 : 2
        }
        let families = replicas[index].core.families.values.map { ($0.sorted(), rank($0)) }
            .sorted { ($0.1, $0.0.count, $0.0[0]) < ($1.1, $1.0.count, $1.0[0]) }
        var idle: [RunID] = []
        for (family, rank) in families where rank == 0 || family.count <= left {
            left -= family.count
            if replicas[index].isIdle(family) {
                idle += family
            } else if !replicas[index].isDraining {
                receive(.retire(family), index)
                replicas[index].retired.formUnion(family)
            }
        }
        guard !idle.isEmpty else { return }
        note("replica \(index) parts with \(idle.map(\.short))")
        checker.speaker = replicas[index].process
        checker.letGo(idle)
        forget(idle, index)
        for run in idle { replicas[index].epochs[run] = nil }
        if replicas[index].cutUntil > clock.elapsed {
            replicas[index].owed += idle
        } else {
            leases.release(idle, by: replicas[index].lease)
        }
    }

    mutating func adopt(_ runs: [RunID], _ lease: Int, _ index: Int) {
        guard replicas[index].lease == lease else { return }
        var families: [RunID: [RunID]] = [:]
        for run in runs {
            var top = run
            while let parent = checker.state(top)?.parent { top = parent }
            families[top, default: []].append(run)
        }
        for top in families.keys.sorted() {
            let family = families[top] ?? []
            let isBlocked =
                replicas[index].isDraining
                || family.contains {
                    replicas[index].flying.contains($0) || replicas[index].core.state(of: $0) != nil
                }
            if isBlocked {
                note("replica \(index) can't take up \(family.map(\.short)) yet")
                for run in family { replicas[index].epochs[run] = nil }
                replicas[index].owed += family
            } else {
                takeUp(family, index)
            }
        }
    }

    private mutating func takeUp(_ family: [RunID], _ index: Int) {
        let names = Set(family)
        for run in family {
            guard let state = reopened(run), var adoption = adoption(of: state, with: names) else { continue }
            adoption.isHandedOver = leases.handedOver.contains(run)
            let (tenure, skew) = (Int(replicas[index].epochs[run] ?? 0), replicas[index].skew)
            checker.tookUp(run, tenure: tenure, at: moment(index), skew: skew)
            receive(.adopt(adoption), index)
        }
    }

    /// Whether a timer is broken on purpose: one that was taken over with its run.
    func losesTimer(of run: RunID, _ index: Int) -> Bool {
        configuration.sabotage == .losesTimers && (replicas[index].epochs[run] ?? 1) > 1
    }

    // MARK: Losing

    mutating func lost(_ runs: [RunID], _ index: Int) {
        counts.restarts += 1
        let runs = Set(runs)
        let families = replicas[index].core.families.values.filter { !runs.isDisjoint(with: $0) }
        note("replica \(index) has lost \(runs.map(\.short))")
        let gone = Set(families.flatMap(\.self)).union(runs).sorted()
        forget(gone, index)
        for run in gone { replicas[index].epochs[run] = nil }
    }

    private mutating func loseAll(_ index: Int) {
        note("replica \(index) has lost everything")
        counts.restarts += 1
        forget(replicas[index].core.runs, index)
        replicas[index].lease = leases.join(at: clock.elapsed)
        replicas[index].validUntil = clock.elapsed + SimulatedLeases.time
        replicas[index].epochs = [:]
        replicas[index].owed = []
    }

    private mutating func forget(_ runs: [RunID], _ index: Int) {
        let gone = Set(runs)
        checker.speaker = replicas[index].process
        checker.forgetTold(of: gone)
        replicas[index].pending.removeAll { gone.contains($0.group.run) }
        replicas[index].withheld.removeAll { gone.contains($0.run.id) }
        replicas[index].retired.subtract(gone)
        // What must not happen twice is let be.
        for (key, call) in replicas[index].underWay
        where gone.contains(key.run) && !call.effectClass.mayRepeat {
            replicas[index].underWay[key] = nil
        }
        receive(.drop(runs), index)
    }

    /// Whether a draining process has ended.
    private mutating func drained(_ index: Int) -> Bool {
        let replica = replicas[index]
        let isBusy = !replica.underWay.isEmpty || !replica.parts.isEmpty || !replica.pending.isEmpty
        guard !isBusy || clock.elapsed >= replica.drainsUntil else { return false }
        if replica.cutUntil <= clock.elapsed { leases.leave(replica.lease) }
        note("replica \(index) has drained")
        kill(index)
        return true
    }
}
