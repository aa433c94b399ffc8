import SomaCore
import SomaEngine
import SomaTraces
import SomaTracing
import Testing

@Suite("Telling apart what is to become spans")
struct TraceTriageTests {
    private func stored(_ transitions: [Transition]) -> [StoredTransition] {
        transitions.map { StoredTransition(position: Position(1), transition: $0, bytes: []) }
    }

    /// Logs of some runs in commits of several runs each.
    private func commits(_ logs: [[Transition]], _ random: inout Seeded) -> [[Transition]] {
        var rest = logs.map { $0[...] }
        var commits: [[Transition]] = []
        while rest.contains(where: { !$0.isEmpty }) {
            var commit: [Transition] = []
            for index in rest.indices where Bool.random(using: &random) {
                let part = rest[index].prefix(Int.random(in: 1...4, using: &random))
                rest[index].removeFirst(part.count)
                commit += part
            }
            commits.append(commit)
        }
        return commits
    }

    /// The spans that a fold makes, with logs where it needs them.
    private func spans(_ step: SpanFold.Step, of run: RunID, _ logs: [[Transition]], _ fold: inout SpanFold)
        -> [TraceSpan]
    {
        switch step {
        case .spans(let spans): return spans
        case .needsLog(let last, let seq):
            let log = logs.first { $0[0].run == run } ?? []
            return fold.take(log: log.filter { $0.seq <= last }, of: run, from: seq)
        }
    }

    @Test(
        "Spans are those that come of all transitions, and no run outside the share is kept",
        arguments: 1...100
    )
    func complete(seed: UInt64) {
        var random = Seeded(seed)
        let policy = TracingPolicy(
            sampling: TraceSampling(ratio: [0, 0.5, 1][Int(seed % 3)]),
            hasTail: seed % 5 > 0,
            slow: seed % 2 == 0 ? .milliseconds(200) : nil,
            hasCommits: false
        )
        let logs = (0..<8).map { index in
            RunLogs.log(
                "r\(seed)x\(index)",
                seed: seed &* 31 &+ UInt64(index),
                end: Bool.random(using: &random) ? .runCompleted : .runFailed
            )
        }
        var triage = TraceTriage(policy)
        var (plain, told) = (SpanFold(policy), SpanFold(policy))
        var (expected, found): ([TraceSpan], [TraceSpan]) = ([], [])
        for commit in commits(logs, &random) {
            for portion in commit.split(by: { $0.run != $1.run }) {
                expected += spans(plain.take(portion), of: portion[0].run, logs, &plain)
            }
            let news = triage.take(stored(commit))
            for portion in news.followed.split(by: { $0.run != $1.run }) {
                found += spans(told.take(portion), of: portion[0].run, logs, &told)
            }
            for tail in news.tails {
                let step = SpanFold.Step.needsLog(through: tail.seq, from: 1)
                found += spans(step, of: tail.run, logs, &told)
            }
            #expect(told.count + triage.count == plain.count)
            if policy.sampling.ratio == 0 { #expect(news.followed.isEmpty) }
        }
        #expect(
            found.sorted { $0.id.rawValue < $1.id.rawValue }
                == expected.sorted { $0.id.rawValue < $1.id.rawValue }
        )
        #expect(triage.count == 0)
    }

    @Test("A run whose beginning wasn't seen is followed, and so is one after everything was forgotten")
    func unseen() {
        var triage = TraceTriage(TracingPolicy(sampling: TraceSampling(ratio: 0)))
        let log = RunLogs.log("r", seed: 3)
        #expect(triage.take(stored([log[1]])).followed == [log[1]])
        #expect(triage.take(stored([log[0]])).followed == [])
        #expect(triage.take(stored([log[1]])).followed == [] && triage.count == 1)
        triage.forgetAll()
        #expect(triage.take(stored([log[2]])).followed == [log[2]])
    }

    @Test("What a caller has chosen is followed, whatever the share")
    func caller() {
        var triage = TraceTriage(TracingPolicy(sampling: TraceSampling(ratio: 0)))
        var log = RunLogs.log("r", seed: 3)
        log[0].body = ["sampled": true]
        #expect(triage.take(stored(log)).followed == log)
    }
}

extension Array {
    /// Parts of neighbours, cut where `isCut` says so.
    fileprivate func split(by isCut: (Element, Element) -> Bool) -> [[Element]] {
        reduce(into: []) { parts, element in
            if let last = parts.last?.last, !isCut(last, element) {
                parts[parts.count - 1].append(element)
            } else {
                parts.append([element])
            }
        }
    }
}
