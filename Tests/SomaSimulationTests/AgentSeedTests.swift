import SomaSimulation
import Testing

@Suite("Seeds of real agents")
struct AgentSeedTests {
    @Test("No seed of the shipped roles and runbooks breaks a promise of the engine's")
    func agentSeeds() async throws {
        let scenario = try AgentScenario.make()
        if let only = Seeds.only {
            #expect(Seeds.show(only, scenario).isSound)
            return
        }
        let reports = await Seeds.simulate(1..<UInt64(max(2, Seeds.count / 20)), scenario)
        for report in reports.filter({ !$0.isSound }).prefix(3) { Issue.record("\(report)") }
        #expect(reports.count { !$0.isSound } == 0)
        #expect(
            reports.allSatisfy { $0.counts.graphs["cognition", default: 0] >= 20 && $0.counts.faults >= 5 }
        )
        #expect(reports.contains { $0.counts.children > 0 && $0.counts.questions > 0 })
    }

    @Test("A seed of real agents gives the same simulation again")
    func agentSeedsRepeat() throws {
        let scenario = try AgentScenario.make()
        #expect(
            Simulation(seed: 5, scenario: scenario).run().hash
                == Simulation(seed: 5, scenario: scenario).run().hash
        )
    }
}
