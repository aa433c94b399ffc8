package import SomaCore

/// Knows who works on runs.
package protocol RunPresence: Sendable {
    /// Who holds these runs; those that nobody holds, or whose holder can't be asked for, are left out.
    func holders(of runs: [RunID]) async -> [RunID: RunHolder]
}

/// All engines that share a store, as one: what is asked goes to whoever holds the run, and what is shown is what the
/// log tells.
package struct ClusterClient: EngineClient {
    /// How long an answer waits for the log's tail to show what it is about.
    private static let shownWithin: Duration = .seconds(1)

    package let holder: String
    private let follower: LogFollower
    private let asker: InboxClient
    private let presence: any RunPresence
    private let local: (engine: Engine, runsActiveMax: Int)?

    /// - Parameters:
    ///   - holder: Who answers.
    ///   - local: The engine in this process, if it has one, which is asked first.
    package init(
        holder: String,
        follower: LogFollower,
        asker: InboxClient,
        presence: any RunPresence,
        local: (engine: Engine, runsActiveMax: Int)?
    ) {
        self.holder = holder
        self.follower = follower
        self.asker = asker
        self.presence = presence
        self.local = local
    }

    package var hub: EventHub { follower.hub }
    package var keepsKeys: Bool { true }

    package func snapshot() async -> (fleet: Fleet, position: Position) { await follower.snapshot() }

    package func state(of run: RunID) async -> RunState? { await follower.state(of: run) }

    package func holders(of runs: [RunID]) async -> [RunID: RunHolder] { await presence.holders(of: runs) }

    package var effectsUnderWay: Int { get async { await local?.engine.effectsUnderWay ?? 0 } }

    package func start(_ request: StartRequest) async -> Result<CommandReceipt, CommandRefusal> {
        // A run that has its name already is the same, however often it is wanted.
        await start(request, key: request.id.map { "run \($0)" })
    }

    package func start(
        _ request: StartRequest,
        key: String?
    ) async -> Result<CommandReceipt, CommandRefusal> {
        // Who may ask again is answered by the same row.
        if key == nil, let local, await local.engine.runCount < local.runsActiveMax {
            let result = await local.engine.start(request)
            if !result.isElsewhere { return await shown(result) }
        }
        var named = request
        named.id = request.id ?? .fresh
        return await shown(await asker.ask(.start(named), key: key))
    }

    package func fork(
        _ run: RunID,
        at seq: Int,
        edit: JSONObject,
        by: String,
        key: String?
    ) async -> Result<CommandReceipt, CommandRefusal> {
        if key == nil, let local, await local.engine.runCount < local.runsActiveMax {
            let result = await local.engine.fork(run, at: seq, edit: edit, by: by)
            if !result.isElsewhere { return await shown(result) }
        }
        let command = EngineCommand.fork(run, at: seq, id: .fresh, edit: edit, by: by)
        return await shown(await asker.ask(command, key: key))
    }

    package func command(
        _ run: RunID,
        _ command: RunCommand,
        by: String,
        key: String?
    ) async -> Result<CommandReceipt, CommandRefusal> {
        if key == nil, let local, await local.engine.isAtWork(run) {
            let result = await local.engine.command(run, command, by: by)
            if !result.isElsewhere { return await shown(result) }
        }
        return await shown(await asker.ask(.command(run, command, by: by), key: key))
    }

    private func shown(
        _ result: Result<CommandReceipt, CommandRefusal>
    ) async -> Result<CommandReceipt, CommandRefusal> {
        guard case .success(let receipt) = result else { return result }
        await follower.wait(for: receipt.run, seq: receipt.seq, atMost: Self.shownWithin)
        return result
    }
}

extension Result<CommandReceipt, CommandRefusal> {
    /// Whether another process may be able to do it, and this one has not.
    fileprivate var isElsewhere: Bool {
        guard case .failure(let refusal) = self else { return false }
        return refusal.code == "draining"
    }
}

extension RunID {
    fileprivate static var fresh: RunID {
        var generator = SystemRandomNumberGenerator()
        return .random(using: &generator)
    }
}
