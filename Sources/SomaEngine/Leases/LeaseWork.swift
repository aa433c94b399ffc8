import SomaCore

/// Keeps an engine in work together with others on the same store: renews its leases, takes up runs that nobody holds,
/// and gives others their share.
///
/// ```swift
/// let work = LeaseWork(engine, runsActiveMax: 1000)
/// let task = Task { await work.run() }
/// …
/// await engine.drain(grace: .seconds(8))
/// task.cancel()
/// await task.value
/// await leases.leave()
/// ```
public struct LeaseWork: Sendable {
    /// How long a store that is away is left alone at most before leases are taken anew.
    private static let rejoinWaitMax: Duration = .seconds(10)
    /// How often runs that are to go are looked after.
    private static let partingInterval: Duration = .milliseconds(100)

    private let engine: Engine
    private let leases: any RunLeases
    private let observer: any EngineObserver
    private let runsActiveMax: Int
    private let took: @Sendable () -> Void
    /// Rings when runs may be free: whoever lets some go says so, and nobody has to wait for the next look.
    package let bell = Bell()
    private let standing = LatestStanding()

    /// Creates the work of an engine.
    ///
    /// - Parameters:
    ///   - runsActiveMax: How many runs this process works on at most.
    ///   - took: Is told that runs were taken up.
    public init(_ engine: Engine, runsActiveMax: Int, took: @escaping @Sendable () -> Void = {}) {
        self.took = took
        self.engine = engine
        leases = engine.leases
        observer = engine.observer
        self.runsActiveMax = runsActiveMax
    }

    /// Works until cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await renew() }
            group.addTask { await share() }
        }
    }

    // MARK: Keeping

    private func renew() async {
        var lapses = Lapses()
        var trouble = LeaseTrouble()
        while !Task.isCancelled {
            if let lapse = await engine.takeLapse() {
                // The engine has given everything up.
                observer.shared(.lost(lapse))
                await leases.leave()
                await pause(lapses.next(longest: Self.rejoinWaitMax))
                await joinAnew(&trouble)
            }
            do throws(StoreError) {
                let asked = ContinuousClock.now
                let standing = try await leases.renew()
                self.standing.set(standing, asked: asked)
                trouble.end()
                await engine.renewed()
                observer.shared(.renewed(standing))
                bell.ring()
                await pause(third)
            } catch {
                guard error.kind == .locked else {
                    // The store is away. Whoever comes back first after that may still renew.
                    tell(error, &trouble)
                    await pause(leases.time / 10)
                    continue
                }
                observer.shared(.lost(error))
                await joinAnew(&trouble)
            }
        }
    }

    /// Says what stands in the way where it has done so for long.
    private func tell(_ error: StoreError, _ trouble: inout LeaseTrouble) {
        guard !Task.isCancelled, trouble.fail(at: .now, patience: leases.time) else { return }
        observer.shared(.unsure(error))
    }

    private func joinAnew(_ trouble: inout LeaseTrouble) async {
        standing.set(nil)
        await engine.loseAll()
        while !Task.isCancelled {
            do throws(StoreError) {
                return try await leases.rejoin()
            } catch {
                tell(error, &trouble)
                await pause(min(leases.time / 3, .seconds(1)))
            }
        }
    }

    /// A bit less than a third of the leases' time, and never all processes at once.
    private var third: Duration { leases.time / 3 * Double.random(in: 0.7...1) }

    private func pause(_ time: Duration) async { try? await Task.sleep(for: time) }

    // MARK: Sharing

    private func share() async {
        while !Task.isCancelled {
            var wait = third
            if let standing = standing.value, await !engine.isDraining {
                let moment = ContinuousClock.now
                if await take() {
                    self.standing.looked(at: moment)
                    if await part(standing) { wait = min(wait, Self.partingInterval) }
                    // Somebody who is gone is found gone the moment that it is sure, by one after the other.
                    if let due = self.standing.untilDue() {
                        wait = min(wait, due + .milliseconds(5) + leases.time / 50 * Double.random(in: 0...1))
                    }
                }
            }
            await bell.wait(atMost: wait)
        }
    }

    /// - Returns: Whether the store could be asked.
    private func take() async -> Bool {
        let room = await runsActiveMax - engine.runCount
        guard room > 0 else { return true }
        do throws(StoreError) {
            let claimed = try await leases.claim(limit: room)
            guard !claimed.isEmpty else { return true }
            let left = await engine.adopt(claimed)
            if left.count < claimed.count {
                observer.shared(.took(claimed.count - left.count))
                took()
            }
            try await leases.release(left)
            return true
        } catch {
            complain(error)
            return false
        }
    }

    /// Lets runs go where others have clearly less.
    ///
    /// - Returns: Whether more are about to go.
    private func part(_ standing: LeaseStanding) async -> Bool {
        // Both numbers are of one moment: a share that was counted before runs began here says nothing about them.
        let surplus = await min(standing.surplus, engine.runCount - standing.fair)
        let isClear = standing.replicas > 1 && surplus > max(1, standing.fair / 5)
        let (idle, isMoreToCome) = await engine.partWith(isClear ? surplus : 0)
        do throws(StoreError) {
            try await leases.release(idle)
            if !idle.isEmpty { observer.shared(.parted(idle.count)) }
        } catch {
            complain(error)
        }
        return isMoreToCome
    }

    /// What is given up because the process ends is no failure of the store's.
    private func complain(_ error: StoreError) {
        if !Task.isCancelled { observer.storeFailed(error) }
    }
}

/// How long to wait before leases are taken anew after the engine had to give everything up: ever longer, where one
/// follows soon on another.
private struct Lapses {
    private var last: ContinuousClock.Instant?
    private var wait: Duration = .milliseconds(100)

    mutating func next(longest: Duration) -> Duration {
        let now = ContinuousClock.now
        if let last, now - last < .seconds(60) {
            wait = min(wait * 2, longest)
        } else {
            wait = .milliseconds(100)
        }
        last = now
        return wait
    }
}
