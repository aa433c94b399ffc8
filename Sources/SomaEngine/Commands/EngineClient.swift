public import SomaCore

/// What is asked of engines: of the one in this process, or of whichever holds the run.
public protocol EngineClient: RunStarter {
    /// The latest transitions, for live readers.
    var hub: EventHub { get }
    /// Who answers.
    var holder: String { get }

    /// The runs at hand (unfinished, and the last that ended), and the place that they are true for.
    func snapshot() async -> (fleet: Fleet, position: Position)
    /// The durable state of one run at hand.
    func state(of run: RunID) async -> RunState?
    /// Who works on unfinished runs. Runs that nobody holds for the moment are left out.
    func holders(of runs: [RunID]) async -> [RunID: RunHolder]
    /// Whether asking again with the same key gives the first one's answer, also after a crash in between.
    var keepsKeys: Bool { get }
    /// How many effects are under way in this process.
    var effectsUnderWay: Int { get async }

    /// Starts a run; returns once its first transition is durable.
    ///
    /// - Parameter key: Asking again with the same key gives the first one's answer, where keys are kept.
    func start(_ request: StartRequest, key: String?) async -> Result<CommandReceipt, CommandRefusal>
    /// Asks something of a run; returns once what it led to is durable.
    func command(_ run: RunID, _ command: RunCommand, by: String, key: String?) async
        -> Result<CommandReceipt, CommandRefusal>
    /// Starts a run that goes on from another's state after one of its transitions.
    func fork(_ run: RunID, at seq: Int, edit: JSONObject, by: String, key: String?) async
        -> Result<CommandReceipt, CommandRefusal>
}

/// Who works on a run.
public struct RunHolder: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// When it was last heard of; `nil` for the process itself.
    public let heardAt: Timestamp?

    /// Creates a holder.
    public init(name: String, heardAt: Timestamp? = nil) {
        self.name = name
        self.heardAt = heardAt
    }
}

/// The engine of this process, which has all runs.
extension Engine: EngineClient {
    /// A crash forgets what was asked.
    public nonisolated var keepsKeys: Bool { false }

    /// This process holds every run.
    public func holders(of runs: [RunID]) async -> [RunID: RunHolder] {
        Dictionary(runs.map { ($0, RunHolder(name: holder)) }) { first, _ in first }
    }

    /// Starts a run. Keys are the gateway's business here.
    public func start(
        _ request: StartRequest,
        key: String?
    ) async -> Result<CommandReceipt, CommandRefusal> { await start(request) }

    /// Asks something of a run.
    public func command(
        _ run: RunID,
        _ command: RunCommand,
        by: String,
        key: String?
    ) async -> Result<CommandReceipt, CommandRefusal> { await self.command(run, command, by: by) }

    /// Starts a run that goes on from another's state.
    public func fork(
        _ run: RunID,
        at seq: Int,
        edit: JSONObject,
        by: String,
        key: String?
    ) async -> Result<CommandReceipt, CommandRefusal> { await fork(run, at: seq, edit: edit, by: by) }
}
