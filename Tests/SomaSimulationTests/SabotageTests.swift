import SomaSimulation
import Testing

/// Each check must notice when what it watches is broken: a check that can't fail proves nothing.
@Suite("Checks")
struct SabotageTests {
    @Test(
        "What is broken on purpose is noticed by its check",
        arguments: [
            (.losesGroup, .acknowledged), (.acknowledgesEarly, .acknowledged),
            (.repeatsTransition, .sequence),
            (.losesGroup, .sequence), (.bendsBytes, .replay), (.bendsSnapshot, .snapshots),
            (.repeatsOnce, .once),
            (.forgetsDoubt, .once), (.overspends, .budget), (.hidesUsage, .children),
            (.commitsTwice, .groups),
            (.turnsBackTime, .time), (.decidesAfterEnd, .ended), (.answersAnyQuestion, .answers),
            (.performsEarly, .intent), (.swallowsResults, .liveness), (.swallowsReplies, .liveness),
        ] as [(Sabotage, Check)]
    )
    func noticed(sabotage: Sabotage, check: Check) {
        var configuration = SimulationConfiguration()
        configuration.sabotage = sabotage
        configuration.checks = [check]
        configuration.eventsMax = 20_000
        let found = (1...40 as ClosedRange<UInt64>).lazy.map {
            Simulation(seed: $0, configuration: configuration).run()
        }.first { !$0.isSound }
        #expect(found?.violations.allSatisfy { $0.check == check } == true)
        guard let found else { return }
        #expect("\(found)".contains("make sim SEED=\(found.seed)"))
        #expect(!found.trace.isEmpty)
        #expect(found.trace.count <= configuration.traceLength)
    }

    @Test("Every check is proved by something broken, and every way to break is noticed")
    func complete() {
        #expect(Check.allCases.count == 13)
        #expect(Sabotage.allCases.count == 16)
    }

    @Test("A simulation that doesn't come to rest is stopped and says so")
    func restless() {
        var configuration = SimulationConfiguration()
        configuration.eventsMax = 50
        let report = Simulation(seed: 1, configuration: configuration).run()
        #expect(report.violations.map(\.check) == [.liveness])
    }
}
