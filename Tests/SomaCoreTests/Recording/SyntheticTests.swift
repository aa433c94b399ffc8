import Testing

@testable import SomaCore

@Suite("A synthetic recording")
struct SyntheticTests {
    @Test(
        "is the same for the same seed and has exactly what was asked for",
        arguments: [(1, 1), (7, 7), (300, 5), (5000, 40), (50, 100)]
    )
    func exact(_ transitions: Int, _ runs: Int) {
        let one = Array(Synthetic(transitions: transitions, runs: runs, seed: 3, live: 8))
        let two = Array(Synthetic(transitions: transitions, runs: runs, seed: 3, live: 8))
        let other = Array(Synthetic(transitions: transitions, runs: runs, seed: 4, live: 8))
        #expect(one == two)
        #expect(one != other)
        let log = RecordingSample.transitions(one)
        #expect(log.count == transitions)
        #expect(Set(log.map(\.run)).count == min(runs, transitions))
        var fleet = Fleet()
        for transition in log { #expect(fleet.apply(transition) == .next) }
    }

    @Test("is what agents do: plans, effects, failures, questions, delegations, ends")
    func mix() {
        let log = RecordingSample.transitions(Array(Synthetic(transitions: 20_000, runs: 60, live: 10)))
        let kinds = Dictionary(grouping: log, by: \.kind).mapValues(\.count)
        for kind: TransitionKind in [
            .runStarted, .planRevised, .effectRequested, .effectStarted, .effectFinished, .budgetCharged,
            .factObserved, .verifyJudged, .interruptOpened, .interruptClosed, .childSpawned, .childFinished,
            .nodeEntered, .nodeLeft, .runCompleted,
        ] {
            #expect(kinds[kind, default: 0] > 0, "\(kind.name)")
        }
        #expect(zip(log, log.dropFirst()).allSatisfy { $0.at <= $1.at })
        let sizes = log.map { $0.cloudEvent().count }
        #expect(sizes.reduce(0, +) / sizes.count < 480)
        #expect((sizes.min() ?? 0) >= 380)
        var fleet = Fleet()
        for transition in log { fleet.apply(transition) }
        #expect(fleet.runs.allSatisfy { $0.status.isTerminal })
    }
}
