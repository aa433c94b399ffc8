import SomaCore
public import SomaEngine

/// What effects do in a simulation.
///
/// The simulator adds what the world does to calls anyway: delays, failures, silence, late and repeated results.
public protocol SimulatedWorld: Sendable {
    /// What one try of an effect comes to, when all goes well.
    ///
    /// A model's usage must not be above what was reserved for the try (`reserved` of the call's request).
    func result(of call: EffectCall, using generator: inout SeededGenerator) -> EffectResult
}

/// What is simulated: who can run, what effects come to, and what people want.
public struct SimulationScenario: Sendable {
    /// Turns wishes into runs.
    public var catalog: any Catalog
    /// What effects come to.
    public var world: any SimulatedWorld
    /// The runs that people start, in the order in which they think of them.
    public var requests: @Sendable (inout SeededGenerator) -> [StartRequest]
    /// The words that a person approves with in place of those that were asked for; `nil` leaves them.
    public var edit: @Sendable (Words, inout SeededGenerator) -> Words?

    /// Creates a scenario.
    public init(
        catalog: any Catalog,
        world: any SimulatedWorld,
        requests: @escaping @Sendable (inout SeededGenerator) -> [StartRequest],
        edit: @escaping @Sendable (Words, inout SeededGenerator) -> Words? = { _, _ in nil }
    ) {
        self.catalog = catalog
        self.world = world
        self.requests = requests
        self.edit = edit
    }
}
