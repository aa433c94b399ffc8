import SomaCore

/// What machines need from outside, all of it a value or a pure function: the same in a simulation.
struct EngineServices {
    let catalog: any Catalog
    let hasher: any ContentHasher
    /// Names new runs.
    var generator: any RandomNumberGenerator & Sendable
    /// Who holds the runs, as it is written into `run.resumed`.
    let holder: String
    /// Whether an effect goes on without the process that asked for it.
    let outlives: @Sendable (EffectRequest.Kind, String) -> Bool
    /// How many decisions of a run may become durable together.
    let decisionsPerGroupMax: Int

    /// Everything that a run starts with, if it can be kept.
    func prepare(_ request: StartRequest) throws(StartRefusal) -> PreparedRun {
        let prepared = try catalog.prepare(request)
        for document in [prepared.document, request.context] {
            guard let refusal = CommandRefusal.nesting(of: document) else { continue }
            throw StartRefusal(code: refusal.code, message: refusal.message)
        }
        return prepared
    }

    mutating func newID() -> RunID {
        func random(_ generator: inout some RandomNumberGenerator) -> RunID { .random(using: &generator) }
        return random(&generator)
    }
}

/// Bounds that no graph or role can lift.
public enum EngineLimits {
    /// How often a try may be lost with its performer before the effect counts as one that ends its performers.
    public static let lostTriesMax = 5
    /// How many decisions of a run that follow from the log alone become durable together: a graph that goes in a
    /// circle without asking for anything is still seen going, and other runs have their turns.
    public static let decisionsPerGroupMax = 32
    /// How many bytes of words a run gathers before what it has decided so far is made durable.
    static let groupContentMax = 256 * 1024
    /// How deep runs may delegate.
    public static let depthMax = 8
    /// How much one visit to a node may ask for.
    public static let requestsPerVisitMax = 1000
    /// How often in a row the very same call may be asked for before the run counts as looping.
    public static let identicalRequestsMax = 8
    /// How long after its time an effect is given up by the engine, which its performer should have done.
    public static let timeoutGrace: Duration = .seconds(5)
    /// How deep values may be nested that are kept in a run's document: more could be written, but not read again
    /// within the transitions that carry them.
    public static let nestingMax = 128
    /// How many words a run keeps at hand before those that its state no longer names are let go.
    public static let libraryMax = 64
}

extension CommandRefusal {
    /// Why a value can't be kept in a document; `nil` where it can.
    static func nesting(of value: JSON, _ name: String) -> CommandRefusal? {
        guard value.isNested(deeperThan: EngineLimits.nestingMax - 1) else { return nil }
        return CommandRefusal(
            .invalid,
            code: "document.deep",
            "\"\(name)\" is nested \(EngineLimits.nestingMax) levels deep or more. Make it flatter."
        )
    }

    /// The same of a whole document.
    static func nesting(of document: JSONObject) -> CommandRefusal? {
        document.members.lazy.compactMap { nesting(of: $0.value, $0.key) }.first
    }
}

extension JSON {
    /// Whether there are more levels of arrays and objects than that.
    func isNested(deeperThan levels: Int) -> Bool {
        switch self {
        case .array(let elements):
            levels == 0 || elements.contains { $0.isNested(deeperThan: levels - 1) }
        case .object(let object):
            levels == 0 || object.members.contains { $0.value.isNested(deeperThan: levels - 1) }
        default: false
        }
    }
}
