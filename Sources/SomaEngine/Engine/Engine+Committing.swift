import SomaCore

/// How what was decided becomes durable.
extension Engine {
    /// How long the store is left alone after it had no room.
    static let fullRetryInterval: Duration = .milliseconds(500)

    /// Begins the next commit where it is time.
    func pump() {
        guard failure == nil, let commit = commits.next() else { return }
        let before = commit.isAhead ? lastWrite : nil
        let turn = CommitTurn(after: commit.isAhead ? lastTurn : nil)
        lastTurn = turn
        // Detached: on the engine's own thread it would begin only when all that is due has been decided.
        lastWrite = Task.detached(executorPreference: store.appender) {
            await self.write(commit.groups, in: commit.number, turn, after: before, isLast: true)
            // However it went, nothing more of it is to come.
            turn.pass()
        }
    }

    /// - Parameters:
    ///   - turn: When it may be written.
    ///   - before: The commit before, which is to be heard of first.
    ///   - isLast: Whether nothing is left of the commit when this is written.
    /// - Returns: Whether the rest of the commit may be written.
    @concurrent
    @discardableResult
    private nonisolated func write(
        _ batch: [CommitGroup],
        in commit: Int,
        _ turn: CommitTurn,
        after before: Task<Void, Never>?,
        isLast: Bool
    ) async -> Bool {
        while true {
            let started = ContinuousClock.now
            let result: Result<[StoredTransition]?, StoreError>
            do throws(StoreError) {
                result = .success(try await append(batch, in: turn))
            } catch { result = .failure(error) }
            if let before {
                await before.value
                guard await failure == nil else { return false }
            }
            do throws(StoreError) {
                guard let stored = try result.get() else {
                    // The one before had no room, or came to the store later. It is over now.
                    if leases.isShared, await letGo(commit) { return false }
                    continue
                }
                let took = ContinuousClock.now - started
                await written(batch, stored, took: took, isLast ? commit : nil)
                return true
            } catch {
                if leases.isShared, await letGo(commit) { return false }
                if error.kind == .refused || (error.kind == .conflict && leases.isShared) {
                    guard batch.count > 1 else {
                        if error.kind == .conflict {
                            await lostToOthers(batch, isLast ? commit : nil)
                        } else if let group = batch.first {
                            return await writeWithoutState(group, error, in: commit, isLast: isLast)
                        }
                        return true
                    }
                    // One of them is another process's now, or can't be kept, and the others are not to suffer for it.
                    let middle = batch.count / 2
                    let (first, second) = (Array(batch[..<middle]), Array(batch[middle...]))
                    // A turn of its own for each: what comes next waits for the last of them.
                    guard await write(first, in: commit, CommitTurn(), after: nil, isLast: false) else {
                        return false
                    }
                    return await write(second, in: commit, CommitTurn(), after: nil, isLast: isLast)
                }
                // At the end the store may be closed by now, which is no failure of its.
                let isOver = await isDrained
                if !isOver || error.kind != .unavailable { observer.storeFailed(error) }
                guard error.kind == .full else {
                    await failed(error, commit)
                    return false
                }
                // Nothing was written and nothing is lost: the runs wait where they are until there is room.
                try? await Task.sleep(for: Engine.fullRetryInterval)
            }
        }
    }

    /// Live readers that are told here see the log's order only if it is written in the order in which it is heard of. Those
    /// that are told by the store read it in its order, whatever was written first.
    private nonisolated func append(_ batch: [CommitGroup], in turn: CommitTurn) async throws(StoreError)
        -> [StoredTransition]?
    {
        publishesCommits ? try await store.append(batch, in: turn) : try await store.append(batch)
    }

    /// - Parameter commit: The commit that is over with this, if any.
    private func written(
        _ batch: [CommitGroup],
        _ stored: [StoredTransition],
        took: Duration,
        _ commit: Int?
    ) {
        commits.landed(commit)
        // The next commit starts when half of all that is on its way has been decided: the disk works while the
        // other half decides.
        let enough = max(1, (commits.waiting.count + batch.count) / 2)
        if commits.waiting.count >= enough { pump() }
        for stored in stored where !leases.isShared || core.state(of: stored.transition.run) != nil {
            fleet.apply(stored.transition)
        }
        if let last = stored.last { position = max(position, last.position) }
        if publishesCommits { hub.publish(stored) }
        observer.committed(stored, groups: batch.count, took: took)
        let now = now
        for group in batch {
            carryOut(core.receive(.committed(group.run), at: now))
            if commits.waiting.count >= enough { pump() }
        }
        pump()
        if leases.isShared { letStrangersGo(stored) }
        fleet.forgetEnded(beyond: Engine.endedAtHandMax)
    }

    /// The store has refused a group for good: a run's stored state is dispensable, and goes first.
    private nonisolated func writeWithoutState(
        _ group: CommitGroup,
        _ error: StoreError,
        in commit: Int,
        isLast: Bool
    ) async -> Bool {
        observer.storeFailed(error)
        guard group.snapshots.isEmpty else {
            let smaller = [group.withoutSnapshots]
            return await write(smaller, in: commit, CommitTurn(), after: nil, isLast: isLast)
        }
        await refused(group, error, isLast ? commit : nil)
        return true
    }

    private func refused(_ group: CommitGroup, _ error: StoreError, _ commit: Int?) async {
        commits.landed(commit)
        await giveUp(group, error)
    }

    private func lostToOthers(_ batch: [CommitGroup], _ commit: Int?) {
        commits.landed(commit)
        lost(batch.map(\.run))
        pump()
    }

    func failed(_ error: StoreError, _ commit: Int? = nil) {
        guard leases.isShared, error.kind == .unavailable else { return fail(error) }
        // Others may go on with the runs. What this process would decide next may rest on what was never written.
        commits.landed(commit)
        lapse = error
        loseAll()
    }

    /// Lets a commit go that was not written, if everything was lost since it was decided: what is held now is held
    /// anew, and must not be mistaken for what was held then.
    private func letGo(_ commit: Int) -> Bool {
        guard commits.wasLost(commit) else { return false }
        commits.landed(commit)
        pump()
        return true
    }
}
