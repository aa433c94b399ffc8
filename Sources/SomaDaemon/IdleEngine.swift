import SomaCore
import SomaEngine

/// Stands where a process has no engine and no way to one: it serves nothing but its own state.
struct IdleEngine: EngineClient {
    let holder: String
    let hub = EventHub(head: .start)
    let keepsKeys = false

    private static let refusal = CommandRefusal(
        .unavailable,
        code: "role.wrong",
        "This process takes no commands.",
        hint: "Ask a gateway."
    )

    func snapshot() async -> (fleet: Fleet, position: Position) { (Fleet(), .start) }
    func state(of run: RunID) async -> RunState? { nil }
    func holders(of runs: [RunID]) async -> [RunID: RunHolder] { [:] }
    var effectsUnderWay: Int { get async { 0 } }

    func start(_ request: StartRequest) async -> Result<CommandReceipt, CommandRefusal> {
        .failure(Self.refusal)
    }

    func start(_ request: StartRequest, key: String?) async -> Result<CommandReceipt, CommandRefusal> {
        .failure(Self.refusal)
    }

    func fork(_ run: RunID, at seq: Int, edit: JSONObject, by: String, key: String?) async
        -> Result<CommandReceipt, CommandRefusal>
    { .failure(Self.refusal) }

    func command(_ run: RunID, _ command: RunCommand, by: String, key: String?) async
        -> Result<CommandReceipt, CommandRefusal>
    { .failure(Self.refusal) }
}
