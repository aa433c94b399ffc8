import FoundationEssentials
import SomaSimulation
import Testing

/// How many seeds are simulated, from the environment: `SOMA_SIM_SEEDS`, or one by `SOMA_SIM_SEED`.
enum Seeds {
    static let only = ProcessInfo.processInfo.environment["SOMA_SIM_SEED"].flatMap { UInt64($0) }

    /// Fewer where the simulator was not built with optimisation, which takes ten times as long.
    static let count =
        ProcessInfo.processInfo.environment["SOMA_SIM_SEEDS"].flatMap { Int($0) }
        ?? (Simulation.isOptimized ? 2000 : 100)

    /// Simulates seeds in two tasks, one for each of the cores that there are at least.
    static func simulate(
        _ seeds: Range<UInt64>,
        _ scenario: SimulationScenario = .random
    ) async -> [SimulationReport] {
        @Sendable func half(_ which: UInt64) async -> [SimulationReport] {
            var reports: [SimulationReport] = []
            for seed in seeds where seed % 2 == which {
                reports.append(Simulation(seed: seed, scenario: scenario).run())
                // Other tests have these two threads as well.
                await Task.yield()
            }
            return reports
        }
        async let even = half(0)
        async let odd = half(1)
        return await even + odd
    }

    /// What seeds came to in numbers.
    static func summary(_ reports: [SimulationReport], took: Duration) -> String {
        func sum(_ amount: (SimulationReport.Counts) -> Int) -> Int {
            reports.reduce(0) { $0 + amount($1.counts) }
        }
        let rate =
            Double(reports.count)
            / Double(took.components.seconds * 1000 + took.components.attoseconds / 1_000_000_000_000_000)
            * 1000
        return
            "\(reports.count) seeds, \(Int(rate)) a second: \(sum { $0.runs }) runs (\(sum { $0.children }) children), "
            + "\(sum { $0.transitions }) transitions, \(sum { $0.faults }) faults, \(sum { $0.restarts }) restarts, "
            + "\(sum { $0.doubts }) doubts, \(sum { $0.questions }) questions, \(sum { $0.budgetPauses }) budgets used up, "
            + "\(sum { $0.grants }) grants, \(sum { $0.lateCharges }) late charges, \(sum { $0.clockJumps }) clock jumps"
    }

    /// One seed with every event.
    static func show(_ seed: UInt64, _ scenario: SimulationScenario = .random) -> SimulationReport {
        var configuration = SimulationConfiguration()
        configuration.tracesAll = true
        let report = Simulation(seed: seed, configuration: configuration, scenario: scenario).run()
        print(report.trace.joined(separator: "\n"))
        print(report)
        return report
    }
}

@Suite("Seeds")
struct SeedTests {
    @Test("No seed breaks a promise of the engine's")
    func seeds() async {
        if let only = Seeds.only {
            #expect(Seeds.show(only).isSound)
            return
        }
        let began = ContinuousClock.now
        let reports = await Seeds.simulate(1..<UInt64(Seeds.count + 1))
        print(Seeds.summary(reports, took: ContinuousClock.now - began))
        for report in reports.filter({ !$0.isSound }).prefix(3) { Issue.record("\(report)") }
        #expect(reports.count { !$0.isSound } == 0)
        // Each seed has what it is to have: twenty runs of the cognition graph, children, questions, limits, and
        // every kind of fault.
        for report in reports where report.isSound {
            let counts = report.counts
            #expect(
                counts.graphs["cognition", default: 0] >= 20
                    && counts.faultKinds.count == Fault.allCases.count && counts.children > 0
                    && counts.questions > 0 && counts.limited > 0,
                "seed \(report.seed): \(counts)"
            )
        }
        #expect(
            reports.contains { $0.counts.doubts > 0 && $0.counts.budgetPauses > 0 && $0.counts.grants > 0 }
        )
        #expect(reports.contains { $0.counts.lateCharges > 0 && $0.counts.clockJumps > 0 })
    }

    @Test("A seed gives the same simulation again, to the last bit", arguments: [1, 7, 4242] as [UInt64])
    func seedsRepeat(seed: UInt64) {
        let (one, other) = (Simulation(seed: seed).run(), Simulation(seed: seed).run())
        #expect(one.hash == other.hash)
        #expect(one.counts == other.counts)
        #expect(one.hash != Simulation(seed: seed + 1).run().hash)
    }

    @Test("A trace is asked for, and doesn't change what happens")
    func seedTrace() {
        var configuration = SimulationConfiguration()
        configuration.tracesAll = true
        let traced = Simulation(seed: 3, configuration: configuration).run()
        #expect(traced.hash == Simulation(seed: 3).run().hash)
        #expect(!traced.trace.isEmpty)
        #expect("\(traced)".hasPrefix("seed 3: "))
    }
}
