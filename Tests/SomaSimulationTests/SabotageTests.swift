import SomaSimulation
import Testing

/// Each check must notice when what it watches is broken: a check that can't fail proves nothing.
@Suite("Checks")
struct SabotageTests {
    /// What is broken, which check notices, and within how many seeds.
    static let cases: [(Sabotage, Check, UInt64)] = [
        (.losesGroup, .acknowledged, 3), (.acknowledgesEarly, .acknowledged, 3),
        (.repeatsTransition, .sequence, 3), (.repeatsGroup, .sequence, 3), (.skipsSeq, .sequence, 3),
        (.losesGroup, .sequence, 3), (.bendsBytes, .replay, 3), (.bendsSnapshot, .snapshots, 3),
        (.repeatsOnce, .once, 3), (.forgetsDoubt, .once, 5), (.overspends, .budget, 3),
        (.forgetsGrant, .budget, 20), (.hidesUsage, .children, 5), (.commitsTwice, .groups, 3),
        (.turnsBackTime, .time, 3), (.decidesAfterEnd, .ended, 3), (.answersAnyQuestion, .answers, 20),
        (.performsEarly, .intent, 3), (.swallowsResults, .liveness, 3), (.swallowsReplies, .liveness, 3),
        (.forgetsRun, .liveness, 3), (.followsWall, .timers, 5), (.forgetsLateUsage, .charges, 20),
        (.chargesTwice, .charges, 3), (.forksAnywhere, .forks, 20),
    ]

    @Test("What is broken on purpose is noticed by its check within a few seeds", arguments: cases)
    func noticed(sabotage: Sabotage, check: Check, seeds: UInt64) {
        var configuration = SimulationConfiguration()
        configuration.sabotage = sabotage
        configuration.checks = [check]
        configuration.eventsMax = 20_000
        let found = (1...seeds).lazy.map { Simulation(seed: $0, configuration: configuration).run() }
            .first { !$0.isSound }
        #expect(found?.violations.allSatisfy { $0.check == check } == true)
        guard let found else { return }
        print("\(sabotage) is noticed by \(check) with seed \(found.seed)")
        #expect("\(found)".contains("make sim SEED=\(found.seed)"))
        #expect(!found.trace.isEmpty)
        #expect(found.trace.count <= configuration.traceLength)
    }

    @Test("Every check is proved by something broken, and every way to break is noticed")
    func complete() {
        let cases = Self.cases + ClusterSeedTests.cases
        #expect(Set(cases.map(\.1)) == Set(Check.allCases))
        #expect(Set(cases.map(\.0)) == Set(Sabotage.allCases))
    }

    @Test("A simulation that doesn't come to rest is stopped and says so")
    func restless() {
        var configuration = SimulationConfiguration()
        configuration.eventsMax = 50
        let report = Simulation(seed: 1, configuration: configuration).run()
        #expect(report.violations.map(\.check) == [.liveness])
    }
}
