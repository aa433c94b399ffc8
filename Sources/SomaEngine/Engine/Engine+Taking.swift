import SomaCore

/// How the engine comes to its runs.
extension Engine {
    /// How many runs are read at the same time.
    private static let readsMax = 16

    /// Takes up every run that has not ended, and reads the last that have. For an engine that has its store alone.
    ///
    /// - Returns: How many runs are at work again.
    @discardableResult
    public func recover() async throws(StoreError) -> Int {
        let unfinished = try await store.runs(RunFilter(ended: false, limit: .max))
        let ended = try await store.runs(RunFilter(ended: true, limit: Engine.endedAtHandMax / 4))
        fleet = Fleet(runs: ended.reversed() + unfinished.reversed())
        // Where a call was cut off by the end, nobody knows what became of it: that is no handover.
        let handedOver = try await store.wasLeftInOrder() ? unfinished.filter { !$0.hasCallUnderWay } : []
        return try await takeUp(unfinished, handedOver: Set(handedOver.map(\.id)))
    }

    /// Takes up runs that the leases have given: whole families.
    ///
    /// - Returns: Those that are to be let go: because something that was decided for them here, before they were lost,
    ///   is still on its way to the store; or because they can't be read.
    func adopt(_ claimed: [RunLease]) async -> [RunID] {
        let blocked = Set(
            claimed.map(\.run).filter { commits.runsUnderWay.contains($0) || core.state(of: $0) != nil }
        )
        let names = claimed.map(\.run)
        guard blocked.isEmpty else {
            // What belongs together stays together, and who belongs to whom is known only once all are read.
            return claimed.count == 1 ? names : await adoptApart(claimed)
        }
        do throws(StoreError) {
            let states = try await read(names)
            for state in states { fleet.replace(state) }
            guard !isDraining else { return names }
            // What can't be taken up stays here all the same: let go, it would come back at once.
            try await takeUp(states, handedOver: Set(claimed.lazy.filter(\.isHandedOver).map(\.run)))
            return []
        } catch {
            observer.storeFailed(error)
            return names
        }
    }

    /// Takes up families one by one, leaving out those of which something is still on its way.
    private func adoptApart(_ claimed: [RunLease]) async -> [RunID] {
        let states: [RunState]
        do throws(StoreError) {
            states = try await read(claimed.map(\.run))
        } catch {
            observer.storeFailed(error)
            return claimed.map(\.run)
        }
        let parents = Dictionary(states.map { ($0.id, $0.parent) }) { first, _ in first }
        var families: [RunID: [RunLease]] = [:]
        for lease in claimed {
            var top = lease.run
            while let above = parents[top] ?? nil { top = above }
            families[top, default: []].append(lease)
        }
        var left: [RunID] = []
        for family in families.values {
            let isBlocked = family.contains {
                commits.runsUnderWay.contains($0.run) || core.state(of: $0.run) != nil
            }
            if isBlocked { left += family.map(\.run) } else { left += await adopt(family) }
        }
        return left
    }

    private nonisolated func read(_ runs: [RunID]) async throws(StoreError) -> [RunState] {
        let store = store
        let results = await withTaskGroup(of: Result<RunState?, StoreError>.self) { group in
            var results: [Result<RunState?, StoreError>] = []
            for (index, run) in runs.enumerated() {
                if index >= Engine.readsMax, let result = await group.next() { results.append(result) }
                group.addTask {
                    do throws(StoreError) { return .success(try await store.run(run, at: nil)) } catch {
                        return .failure(error)
                    }
                }
            }
            for await result in group { results.append(result) }
            return results
        }
        var states: [RunState] = []
        for result in results { if let state = try result.get() { states.append(state) } }
        return states
    }

    /// Gives runs to the core, with their words and with what became of children that have ended.
    ///
    /// - Parameters:
    ///   - handedOver: Those that another process let go in order.
    ///   - refused: Why they can't go on: what they decided last can't be kept.
    /// - Returns: How many are at work again.
    @discardableResult
    func takeUp(
        _ runs: [RunState],
        handedOver: Set<RunID> = [],
        refused: String? = nil
    ) async throws(StoreError) -> Int {
        let open = Set(runs.map(\.id)).union(core.machines.keys)
        let library = try await words(of: runs)
        var adoptions: [EngineInput.Adoption] = []
        for state in runs where !state.status.isTerminal {
            // They may tell of a call that has begun, and going on without them would make it once more.
            guard state.counts.unknown == 0 else {
                observer.notAdopted(state, Self.laterVersion(state))
                continue
            }
            let program: Program
            do throws(StartRefusal) {
                program = try catalog.program(for: state, pinned: library.pinned(by: state))
            } catch {
                observer.notAdopted(state, error.description)
                continue
            }
            var children: [(RunState, Words?)] = []
            for child in state.children where !open.contains(child) {
                guard let ended = try await store.run(child, at: nil), ended.status.isTerminal else {
                    continue
                }
                let words = try await store.content(ended.outcome.map { [$0] } ?? [])
                children.append((ended, words.first?.value))
            }
            adoptions.append(
                EngineInput.Adoption(
                    state: state,
                    library: library.subset(state.references),
                    program: program,
                    endedChildren: children,
                    isOrphan: state.parent.map { !open.contains($0) } ?? false,
                    isHandedOver: handedOver.contains(state.id),
                    refused: refused
                )
            )
        }
        for adoption in adoptions { feed(.adopt(adoption)) }
        return adoptions.count
    }

    private static func laterVersion(_ state: RunState) -> String {
        """
        Run \(state.id) waits: a later version of Soma has worked on it, and this one doesn't know what some of its \
        transitions mean (\(state.counts.unknown)). Start that version or a later one.
        """
    }

    private func words(of runs: [RunState]) async throws(StoreError) -> Library {
        var ids: Set<ContentID> = []
        for run in runs { ids.formUnion(run.references) }
        return Library(try await store.content(Array(ids)))
    }
}

extension RunState {
    /// Whether its log has a call to a tool or a model begun and not ended.
    fileprivate var hasCallUnderWay: Bool {
        activations.contains { activation in
            activation.requests.contains { $0.state == .started && ($0.kind == .tool || $0.kind == .model) }
        }
    }
}
