import SomaCore

/// What machines need from outside, all of it a value or a pure function: the same in a simulation.
struct EngineServices {
    let catalog: any Catalog
    let hasher: any ContentHasher
    /// Names new runs.
    var generator: any RandomNumberGenerator & Sendable
    /// Who holds the runs, as it is written into `run.resumed`.
    let holder: String

    mutating func newID() -> RunID {
        func random(_ generator: inout some RandomNumberGenerator) -> RunID { .random(using: &generator) }
        return random(&generator)
    }
}

/// Bounds that no graph or role can lift.
public enum EngineLimits {
    /// How deep runs may delegate.
    public static let depthMax = 8
    /// How much one visit to a node may ask for.
    public static let requestsPerVisitMax = 1000
    /// How often in a row the very same call may be asked for before the run counts as looping.
    public static let identicalRequestsMax = 8
    /// How long after its time an effect is given up by the engine, which its performer should have done.
    public static let timeoutGrace: Duration = .seconds(5)
    /// How many words a run keeps at hand before those that its state no longer names are let go.
    public static let libraryMax = 64
}
