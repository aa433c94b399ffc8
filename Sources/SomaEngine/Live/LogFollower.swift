package import SomaCore

/// The runs of a store as its log tells of them, for a process that doesn't decide about all of them itself.
///
/// It folds what the store's tail gives, whoever wrote it, and passes it on to live readers. So lists, the fleet and
/// streams are the same as beside a lone engine, a few milliseconds later.
package actor LogFollower {
    /// How many transitions are read at a time.
    private static let pageMax = 1024
    /// How often it looks, whatever it is told.
    private static let interval: Duration = .milliseconds(500)
    /// How long it waits for more once there is something: a page of one commit costs the server as much as one of many.
    private static let gathering: Duration = .milliseconds(10)

    /// The latest transitions, for live readers.
    package nonisolated let hub: EventHub
    /// Rings when the log may have grown.
    package nonisolated let bell = Bell()

    private let store: any EventStore
    private let read: Read
    private var fleet = Fleet()
    private var position: Position
    private var waiters: [Int: (run: RunID, seq: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
    private var nextWaiter = 0
    private var lastRead = ContinuousClock.now

    /// Reads the log after a place, and doesn't wait for more.
    package typealias Read = @Sendable (Position, Int) async throws(StoreError) -> [StoredTransition]

    /// Begins at the log's present end.
    ///
    /// - Parameter read: How the log's tail is read.
    package init(_ store: any EventStore, read: @escaping Read) async throws(StoreError) {
        self.store = store
        self.read = read
        position = try await store.head()
        hub = EventHub(head: position)
    }

    /// Reads the runs at hand, and what was appended meanwhile.
    package func begin() async throws(StoreError) {
        let unfinished = try await store.runs(RunFilter(ended: false, limit: .max))
        let ended = try await store.runs(RunFilter(ended: true, limit: Engine.endedAtHandMax / 4))
        fleet = Fleet(runs: ended.reversed() + unfinished.reversed())
        while try await advance() {}
    }

    /// Follows until cancelled.
    package func run() async {
        while !Task.isCancelled {
            do throws(StoreError) {
                if try await advance() { continue }
            } catch {
                // How long ago it could be read says enough; it is tried again.
            }
            await bell.wait(atMost: Self.interval)
            try? await Task.sleep(for: Self.gathering)
        }
        hub.close()
        for waiter in waiters.values { waiter.continuation.resume() }
        waiters = [:]
    }

    /// - Returns: Whether there may be more.
    private func advance() async throws(StoreError) -> Bool {
        let page = try await read(position, Self.pageMax)
        lastRead = .now
        guard let last = page.last else { return false }
        for stored in page { fleet.apply(stored.transition) }
        fleet.forgetEnded(beyond: Engine.endedAtHandMax)
        position = last.position
        hub.publish(page)
        for (number, waiter) in waiters where has(waiter.run, waiter.seq) {
            waiters[number] = nil
            waiter.continuation.resume()
        }
        return page.count == Self.pageMax
    }

    private func has(_ run: RunID, _ seq: Int) -> Bool { fleet[run].map { $0.seq >= seq } ?? false }

    /// Waits until a transition of a run is folded, or a time has passed: whoever was told that something is durable is
    /// to find it here.
    package func wait(for run: RunID, seq: Int, atMost time: Duration) async {
        guard !has(run, seq), !Task.isCancelled else { return }
        nextWaiter += 1
        let number = nextWaiter
        let timer = Task {
            try? await Task.sleep(for: time)
            self.giveUp(number)
        }
        await withCheckedContinuation { waiters[number] = (run, seq, $0) }
        timer.cancel()
    }

    private func giveUp(_ number: Int) { waiters.removeValue(forKey: number)?.continuation.resume() }

    /// The runs at hand, and the place that they are true for.
    package func snapshot() -> (fleet: Fleet, position: Position) { (fleet, position) }

    /// The durable state of one run at hand.
    package func state(of run: RunID) -> RunState? { fleet[run] }

    /// For how long the log could not be read.
    package var silence: Duration { ContinuousClock.now - lastRead }
}
