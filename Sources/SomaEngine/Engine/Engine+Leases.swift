import SomaCore

/// How the engine shares its runs with other processes.
extension Engine {
    /// How many runs are at work here.
    public var runCount: Int { core.machines.count }

    /// Where results go that come after their runs have gone to another process: calls that must not happen twice are
    /// not stopped with them, and what they came to is a fact that spares a person the question.
    public func useLateResults(_ take: @escaping @Sendable (EffectCall, EffectResult) async -> Void) {
        takeLate = take
    }

    /// A call ended in another process than the one that has the run now.
    func tell(
        _ run: RunID,
        effect: Int,
        attempt: Int,
        _ result: EffectResult
    ) async -> Result<CommandReceipt, CommandRefusal> {
        guard let state = core.state(of: run) else {
            // Nobody waits for it any more where the run has ended.
            guard let state = try? await store.run(run, at: nil) else { return .failure(.missing(run)) }
            guard state.status.isTerminal else { return .failure(.moved(run)) }
            return .success(CommandReceipt(run: run, seq: state.seq, status: state.status))
        }
        feed(.effectEnded(run, effect: effect, attempt: attempt, result))
        return .success(CommandReceipt(run: run, seq: state.seq, status: state.status))
    }

    /// The leases are good for sure: what waited for that begins.
    func renewed() {
        guard !withheld.isEmpty, leases.isValid else { return }
        let calls = withheld
        withheld = []
        for call in calls { perform(call) }
    }

    /// Runs have turned out to be another process's: their whole families are forgotten.
    func lost(_ runs: [RunID]) {
        let runs = Set(runs)
        let families = core.families.values.filter { !runs.isDisjoint(with: $0) }
        let gone = runs.union(families.flatMap(\.self))
        // Else a later claim whose answer is lost would be taken for one that is known. What isn't at work here was
        // forgotten before: if it is held, then it was taken anew since, and is let go by whoever took it.
        let here: [RunID] = gone.filter { core.state(of: $0) != nil }
        leases.forget(here)
        // At its end this process gives its leases back itself, also those of runs whose call it had to break off.
        if !here.isEmpty, !isDrained { observer.shared(.overtaken(here.count)) }
        forget(Array(gone))
    }

    /// All runs are lost.
    func loseAll() {
        commits.loseAll()
        forget(Array(core.machines.keys))
    }

    /// Why the leases have to be taken anew; asked once.
    func takeLapse() -> StoreError? {
        defer { lapse = nil }
        return lapse
    }

    /// Runs that were forgotten while their beginning was on its way: if it was written under leases that are new since
    /// then, they are held here, and nobody works on them.
    func letStrangersGo(_ stored: [StoredTransition]) {
        let ended = Set(stored.lazy.filter { $0.transition.kind.isTerminal }.map(\.transition.run))
        let strangers = Set(stored.lazy.map(\.transition.run)).subtracting(ended)
            .filter { core.state(of: $0) == nil }
        guard !strangers.isEmpty else { return }
        Task { [leases] in try? await leases.release(Array(strangers)) }
    }

    private func forget(_ runs: [RunID]) {
        guard !runs.isEmpty else { return }
        let gone = Set(runs)
        commits.drop(gone)
        withheld.removeAll { gone.contains($0.run.id) }
        // Not given up: the next holder waits for them.
        for (key, tried) in performing where gone.contains(key.run) && tried.outlives {
            performing[key] = nil
            tried.task.cancel()
        }
        let unstoppable = performing.filter { gone.contains($0.key.run) && !$0.value.effectClass.mayRepeat }
        for key in unstoppable.keys { performing[key] = nil }
        feed(.drop(runs))
        performing.merge(unstoppable) { later, _ in later }
        fleet = Fleet(runs: fleet.runs.filter { !gone.contains($0.id) })
    }

    /// Prepares to let about `count` runs go, in whole families: those for which nothing is under way are forgotten at
    /// once, and for others nothing more is decided, so that they can go soon.
    ///
    /// - Returns: Those that were forgotten: until the leases release them nobody works on them. And whether others are
    ///   about to go.
    func partWith(_ count: Int) -> (idle: [RunID], isMoreToCome: Bool) {
        guard count > 0 || core.hasRetired else { return ([], false) }
        var left = count
        var (idle, isMoreToCome) = ([RunID](), false)
        // Who was to go before goes first: nothing is decided for it any more.
        func rank(_ family: [RunID]) -> Int { core.isRetired(family) ? 0 : isIdle(family) ? 1 : 2 }
        let families = core.families.values.map { (runs: $0, rank: rank($0)) }
            .sorted { ($0.rank, $0.runs.count) < ($1.rank, $1.runs.count) }
        for family in families where family.rank == 0 || family.runs.count <= left {
            left -= family.runs.count
            if isIdle(family.runs) {
                idle += family.runs
            } else {
                feed(.retire(family.runs))
                isMoreToCome = true
            }
        }
        forget(idle)
        return (idle, isMoreToCome)
    }

    /// How long others are told, at the end, that runs are free. Where the store is away for longer, they learn it from
    /// whoever ends or from the leases' time.
    private static let releaseTime: Duration = .milliseconds(500)

    /// Lets those go for which nothing is under way.
    func letGoIdle() async {
        guard leases.isShared else { return }
        let idle = core.families.values.filter { isIdle($0) }.flatMap(\.self)
        guard !idle.isEmpty else { return }
        forget(idle)
        await TimeLimit.wait(atMost: Self.releaseTime) { [leases] in try? await leases.release(idle) }
    }

    private func isIdle(_ family: [RunID]) -> Bool {
        let runs = Set(family)
        return commits.runsUnderWay.isDisjoint(with: runs)
            && !commits.waiting.contains { runs.contains($0.run) }
            && !performing.contains { runs.contains($0.key.run) && !$0.value.outlives }
            && !withheld.contains { runs.contains($0.run.id) }
    }
}
