/// The engine in a world of its own: seeded clock, scheduler, store, people and effects, with faults between any
/// two events and checks from outside.
///
/// One thread and no waiting, so the same seed gives the same events to the last bit.
public struct Simulation: Sendable {
    private let seed: UInt64
    private let configuration: SimulationConfiguration
    private let scenario: SimulationScenario
    private let isCluster: Bool

    /// Creates a simulation.
    ///
    /// - Parameters:
    ///   - seed: Decides everything that is not in the scenario.
    ///   - configuration: How hard it is on the engine.
    ///   - scenario: What is simulated; random graphs unless told otherwise.
    ///   - isCluster: Whether two to five processes share the runs, instead of one that has them all.
    public init(
        seed: UInt64,
        configuration: SimulationConfiguration = SimulationConfiguration(),
        scenario: SimulationScenario = .random,
        isCluster: Bool = false
    ) {
        self.isCluster = isCluster
        self.seed = seed
        self.configuration = configuration
        self.scenario = scenario
    }

    /// Runs until nothing happens any more by itself, or something is wrong.
    ///
    /// A simulation that fails is run again to write down its events: the same ones, because nothing in it is
    /// left to chance.
    public func run() -> SimulationReport {
        let report = run(configuration)
        guard !report.isSound, !configuration.tracesAll else { return report }
        var traced = configuration
        traced.tracesAll = true
        let again = run(traced)
        return SimulationReport(
            seed: seed,
            hash: report.hash,
            counts: report.counts,
            violations: report.violations,
            trace: again.trace.suffix(configuration.traceLength)
        )
    }

    /// Whether the simulator was built with optimisation.
    package static var isOptimized: Bool {
        var isDebug = false
        assert(
            {
                isDebug = true; return true
            }()
        )
        return !isDebug
    }

    private func run(_ configuration: SimulationConfiguration) -> SimulationReport {
        if isCluster {
            var loop = ClusterLoop(seed: seed, configuration: configuration, scenario: scenario)
            loop.run()
            return loop.report
        }
        var loop = SimulationLoop(seed: seed, configuration: configuration, scenario: scenario)
        loop.run()
        return loop.report
    }
}
