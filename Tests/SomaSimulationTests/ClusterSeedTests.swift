import SomaSimulation
import Testing

/// Several processes on one store, by the thousand seeds.
@Suite("Seeds of clusters")
struct ClusterSeedTests {
    private static func simulate(_ seeds: Range<UInt64>) async -> [SimulationReport] {
        @Sendable func half(_ which: UInt64) async -> [SimulationReport] {
            var reports: [SimulationReport] = []
            for seed in seeds where seed % 2 == which {
                reports.append(Simulation(seed: seed, isCluster: true).run())
                await Task.yield()
            }
            return reports
        }
        async let even = half(0)
        async let odd = half(1)
        return await even + odd
    }

    @Test("Whoever is killed, stopped, cut off or told to end: nothing is lost, done twice or stuck")
    func seeds() async {
        if let only = Seeds.only {
            var configuration = SimulationConfiguration()
            configuration.tracesAll = true
            let report = Simulation(seed: only, configuration: configuration, isCluster: true).run()
            print(report.trace.joined(separator: "\n"))
            print(report)
            #expect(report.isSound)
            return
        }
        let began = ContinuousClock.now
        // Each takes about as long as four of a lone engine.
        let reports = await Self.simulate(1..<UInt64(Seeds.count / 4 + 1))
        print("clusters:", Seeds.summary(reports, took: ContinuousClock.now - began))
        for report in reports.filter({ !$0.isSound }).prefix(3) { Issue.record("\(report)") }
        #expect(reports.count { !$0.isSound } == 0)
        #expect(reports.contains { $0.counts.doubts > 0 && $0.counts.children > 0 })
        #expect(reports.contains { $0.counts.lateCharges > 0 && $0.counts.clockJumps > 0 })
        // Runs really were lost to others.
        #expect(reports.count { $0.counts.restarts > 0 } > reports.count / 4)
    }

    @Test("A seed gives the same simulation again, to the last bit", arguments: [1, 7, 4242] as [UInt64])
    func repeats(seed: UInt64) {
        let one = Simulation(seed: seed, isCluster: true).run()
        #expect(one.hash == Simulation(seed: seed, isCluster: true).run().hash)
        #expect(one.hash != Simulation(seed: seed + 1, isCluster: true).run().hash)
    }

    /// What is broken, which check notices, and within how many seeds.
    static let cases: [(Sabotage, Check, UInt64)] = [
        (.ignoresEpochs, .leases, 10), (.trustsLease, .once, 20), (.forgetsDoubt, .once, 5),
        (.losesTimers, .timers, 10), (.followsWall, .timers, 10), (.forgetsLateUsage, .charges, 20),
        (.chargesTwice, .charges, 3), (.losesGroup, .acknowledged, 3),
    ]

    @Test("What is broken on purpose in a cluster is noticed by its check", arguments: cases)
    func noticed(sabotage: Sabotage, check: Check, seeds: UInt64) {
        var configuration = SimulationConfiguration()
        configuration.sabotage = sabotage
        configuration.checks = [check]
        configuration.eventsMax = 20_000
        let found = (1...seeds).lazy
            .map { Simulation(seed: $0, configuration: configuration, isCluster: true).run() }
            .first { !$0.isSound }
        #expect(found?.violations.allSatisfy { $0.check == check } == true)
        if let found { print("\(sabotage) in a cluster is noticed by \(check) with seed \(found.seed)") }
    }
}
