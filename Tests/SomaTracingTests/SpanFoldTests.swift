import SomaCore
import SomaTraces
import SomaTracing
import Testing

/// Spans in the order of their ids, for comparing what came in different portions.
private func sorted(_ spans: [TraceSpan]) -> [TraceSpan] { spans.sorted { $0.id.rawValue < $1.id.rawValue } }

/// The spans of a whole log, as the console draws them; resources are the exporter's business.
private func expected(_ log: [Transition]) -> [TraceSpan] {
    var fold = RunTrace(root: log[0].run, hasCaller: true)
    for transition in log { fold.append(transition) }
    return sorted(fold.value().spans)
}

private let none = TracingPolicy(sampling: TraceSampling(ratio: 0), hasTail: false, hasCommits: false)
private let all = TracingPolicy(hasCommits: false)
private let tail = TracingPolicy(sampling: TraceSampling(ratio: 0), hasCommits: false)

@Suite("Spans from what is made durable")
struct SpanFoldTests {
    /// Portions of a log as commits make them: a decision, with what a call cost, is never cut.
    private func portions(_ log: [Transition], _ random: inout Seeded) -> [[Transition]] {
        var portions: [[Transition]] = [[]]
        for transition in log {
            if transition.kind != .budgetCharged, Bool.random(using: &random) { portions.append([]) }
            portions[portions.count - 1].append(transition)
        }
        return portions.filter { !$0.isEmpty }
    }

    @Test(
        "However a log is portioned out, each span comes once, and is the one of the whole log",
        arguments: 1...100
    )
    func portioned(seed: UInt64) {
        var random = Seeded(seed)
        let log = RunLogs.log("r\(seed)", seed: seed)
        var fold = SpanFold(all)
        var spans: [TraceSpan] = []
        for portion in portions(log, &random) {
            guard case .spans(let new) = fold.take(portion) else {
                Issue.record("nothing is missing")
                return
            }
            spans += new
        }
        #expect(sorted(spans) == expected(log))
        #expect(fold.count == 0)
    }

    @Test("Several runs at once don't disturb each other", arguments: 1...20)
    func mixed(seed: UInt64) {
        var random = Seeded(seed)
        let logs = (0..<5).map { RunLogs.log("r\(seed)x\($0)", seed: seed &* 31 &+ UInt64($0)) }
        var rest = logs.map { portions($0, &random)[...] }
        var fold = SpanFold(all)
        var spans: [TraceSpan] = []
        while let index = rest.indices.filter({ !rest[$0].isEmpty }).randomElement(using: &random) {
            guard case .spans(let new) = fold.take(rest[index].removeFirst()) else { continue }
            spans += new
        }
        #expect(sorted(spans) == sorted(logs.flatMap(expected)))
    }

    @Test("Who comes in the middle reads the log, and tells what ends from there on", arguments: 1...60)
    func takenOver(seed: UInt64) throws {
        var random = Seeded(seed)
        let log = RunLogs.log("r\(seed)", seed: seed)
        let cut = Int.random(in: 1..<log.count, using: &random)
        var first = SpanFold(all)
        var second = SpanFold(all)
        guard case .spans(let before) = first.take(Array(log[..<cut])) else {
            Issue.record("nothing is missing")
            return
        }
        let step = second.take([log[cut]])
        #expect(step == .needsLog(through: cut + 1, from: cut + 1))
        var after = second.take(log: Array(log[...cut]), of: log[0].run, from: cut + 1)
        if case .spans(let more) = second.take(Array(log[(cut + 1)...])) { after += more }
        // What a call cost may have come after the cut, and then the first has told of the call without it.
        let told = Set(before.map(\.id))
        #expect(told.isDisjoint(with: Set(after.map(\.id))))
        #expect(told.union(after.map(\.id)) == Set(expected(log).map(\.id)))
    }

    @Test("After a crash everything is told again, with the same ids")
    func crashed() {
        let log = [
            RunLogs.transition(1, 0, .runStarted), RunLogs.transition(2, 1, .nodeEntered, node: "Plan"),
            RunLogs.transition(3, 2, .nodeLeft, node: "Plan", ["activation": 2, "outcome": "x"]),
            RunLogs.transition(4, 90, .runResumed, ["after": "crash"]),
        ]
        var fold = SpanFold(all)
        #expect(fold.take([log[3]]) == .needsLog(through: 4, from: 1))
        let spans = fold.take(log: log, of: RunID("r"), from: 1)
        #expect(spans.map(\.id) == [TraceIdentity.span(of: RunID("r"), seq: 2)])
        // Handed over in order: whoever had it has told.
        var other = SpanFold(all)
        var handed = log
        handed[3].body = ["after": "handover"]
        #expect(other.take([handed[3]]) == .needsLog(through: 4, from: 4))
        #expect(other.take(log: handed, of: RunID("r"), from: 4) == [])
    }

    @Test("A gap is read from the log, and what is repeated is dropped")
    func gap() {
        let log = RunLogs.log("r", seed: 7)
        var fold = SpanFold(all)
        _ = fold.take(Array(log[..<4]))
        #expect(fold.take(Array(log[1..<3])) == .spans([]))
        #expect(fold.take([log[6]]) == .needsLog(through: 7, from: 5))
        fold.forgetAll()
        #expect(fold.take([log[6]]) == .needsLog(through: 7, from: 7))
    }

    @Test("Of a run that isn't chosen nothing is told while it goes on, nor at its end where all was well")
    func unchosen() {
        for policy in [none, tail] {
            var fold = SpanFold(policy)
            for transition in RunLogs.log("r", seed: 3) { #expect(fold.take([transition]) == .spans([])) }
            #expect(fold.count == 0)
        }
    }

    @Test("One that failed is told whole at its end, from its log")
    func failed() {
        let log = RunLogs.log("r", seed: 3, end: .runFailed)
        var fold = SpanFold(tail)
        var steps: [SpanFold.Step] = []
        for transition in log { steps.append(fold.take([transition])) }
        #expect(steps.last == .needsLog(through: log.count, from: 1))
        #expect(steps.dropLast().allSatisfy { $0 == .spans([]) })
        #expect(sorted(fold.take(log: log, of: RunID("r"), from: 1)) == expected(log))
        var deaf = SpanFold(none)
        for transition in log { #expect(deaf.take([transition]) == .spans([])) }
    }

    @Test("So is one that was slow, one with an effect in doubt, and one whose child failed")
    func troubled() {
        var slow = SpanFold(
            TracingPolicy(sampling: TraceSampling(ratio: 0), slow: .seconds(1), hasCommits: false)
        )
        let start = RunLogs.transition(1, 0, .runStarted)
        #expect(slow.take([start, RunLogs.transition(2, 999, .runCompleted)]) == .spans([]))
        #expect(
            slow.take([start, RunLogs.transition(2, 1000, .runCompleted)]) == .needsLog(through: 2, from: 1)
        )
        for (kind, body) in [
            (TransitionKind.effectInDoubt, ["effect": 3] as JSONObject),
            (.childFinished, ["status": "failed"]),
        ] {
            var fold = SpanFold(tail)
            let log = [start, RunLogs.transition(2, 1, kind, body), RunLogs.transition(3, 2, .runCompleted)]
            #expect(fold.take(log) == .needsLog(through: 3, from: 1))
        }
    }

    @Test(
        "A run in its own trace is below the request that began it, where that is recorded, and else below nothing"
    )
    func asked() throws {
        var log = RunLogs.log("r", seed: 3, end: .runFailed)
        log[0].span = "b7ad6b7169203331"
        let id = TraceIdentity.span(of: RunID("r"))
        var chosen = SpanFold(all)
        guard case .spans(let spans) = chosen.take(log) else {
            Issue.record("nothing is missing")
            return
        }
        #expect(spans.first { $0.id == id }?.parent?.description == "b7ad6b7169203331")
        for transitions in [log, Array(log.suffix(1))] {
            var late = SpanFold(tail)
            _ = late.take(transitions)
            let whole = late.take(log: log, of: RunID("r"), from: 1)
            #expect(whole.count == spans.count && whole.first { $0.id == id }?.parent == nil)
        }
        // A caller of another process may have recorded its own, whatever it said.
        log[0].trace = "0af7651916cd43dd8448eb211c80319c"
        var other = SpanFold(tail)
        let whole = other.take(log: log, of: RunID("r"), from: 1)
        #expect(whole.first { $0.id == id }?.parent?.description == "b7ad6b7169203331")
    }

    @Test("One that comes from another process and isn't chosen is judged by its whole log")
    func judged() {
        for end in [TransitionKind.runFailed, .runCompleted] {
            let log = RunLogs.log("r", seed: 9, end: end)
            var fold = SpanFold(tail)
            #expect(fold.take([log[log.count - 1]]) == .needsLog(through: log.count, from: log.count))
            let spans = fold.take(log: log, of: RunID("r"), from: log.count)
            #expect(sorted(spans) == (end == .runFailed ? expected(log) : []))
            #expect(fold.count == 0)
        }
    }

    @Test("What a caller has chosen holds, whatever the share")
    func caller() {
        var log = RunLogs.log("r", seed: 5)
        log[0].trace = "0af7651916cd43dd8448eb211c80319c"
        log[0].span = "b7ad6b7169203331"
        log[0].body = ["sampled": true, "tracestate": "rojo=1"]
        var fold = SpanFold(none)
        guard case .spans(let spans) = fold.take(log) else {
            Issue.record("nothing is missing")
            return
        }
        let root = spans.first { $0.id == TraceIdentity.span(of: RunID("r")) }
        #expect(root?.parent == SpanID(0xB7AD_6B71_6920_3331))
        #expect(root?.traceState == "rojo=1")
        #expect(spans.allSatisfy { "\($0.trace)" == "0af7651916cd43dd8448eb211c80319c" })
        log[0].body = ["sampled": false]
        var other = SpanFold(all)
        #expect(other.take(log) == .spans([]))
    }

    @Test("A commit is a span within what it made durable")
    func commit() {
        let facts = CommitFacts(at: Timestamp(microseconds: 5), took: .milliseconds(3), groups: 2)
        var fold = SpanFold(TracingPolicy())
        let log = [
            RunLogs.transition(1, 0, .runStarted), RunLogs.transition(2, 1, .nodeEntered, node: "Plan"),
        ]
        guard case .spans(let spans) = fold.take(log, commit: facts) else {
            Issue.record("nothing is missing")
            return
        }
        #expect(spans.map(\.name) == ["commit"])
        #expect(spans.map(\.parent) == [TraceIdentity.span(of: RunID("r"), seq: 2)])
        #expect(spans.map(\.start) == [5000] && spans.map(\.duration) == [3_000_000])
        #expect(spans[0].attributes["soma.commit.transitions"] == .int(2))
        #expect(spans[0].id == TraceIdentity.commit(of: RunID("r"), seq: 2))
        var other = SpanFold(TracingPolicy(sampling: TraceSampling(ratio: 0)))
        #expect(other.take(log, commit: facts) == .spans([]))
    }

    @Test(
        "Transitions in any order, with parts missing, never trap and never tell a span twice",
        arguments: 1...100
    )
    func hostile(seed: UInt64) {
        var random = Seeded(seed)
        let log = RunLogs.log("r", seed: seed)
        var fold = SpanFold(all)
        var ids: [SpanID] = []
        for transition in log.shuffled(using: &random) {
            if case .spans(let spans) = fold.take([transition]) { ids += spans.map(\.id) }
        }
        #expect(Set(ids).count == ids.count)
        _ = fold.take(log: log.shuffled(using: &random), of: RunID("r"), from: 1)
    }

    @Test("A model call has the names of OpenTelemetry's conventions")
    func conventions() throws {
        let log = [
            RunLogs.transition(1, 0, .runStarted), RunLogs.transition(2, 1, .nodeEntered, node: "Plan"),
            RunLogs.transition(3, 2, .effectRequested, ["activation": 2, "effect": "model", "name": "m-1"]),
            RunLogs.transition(4, 3, .effectStarted, attempt: 1, ["effect": 3]),
            RunLogs.transition(
                5,
                9,
                .effectFinished,
                attempt: 1,
                [
                    "effect": 3, "ok": true, "status": "ok",
                    "detail": [
                        "input": 10, "output": 2, "provider": "model.test:8443", "model": "m-1-2026",
                        "finish": "stop",
                    ],
                ]
            ),
            RunLogs.transition(
                6,
                9,
                .budgetCharged,
                attempt: 1,
                ["effect": 3, "tokens": 12, "microdollars": 7]
            ),
        ]
        var fold = SpanFold(all)
        guard case .spans(let spans) = fold.take(log) else {
            Issue.record("nothing is missing")
            return
        }
        let call = try #require(spans.first)
        #expect(call.name == "chat m-1" && call.kind == .client)
        let expected: [(String, AttributeValue)] = [
            ("gen_ai.operation.name", .string("chat")), ("gen_ai.request.model", .string("m-1")),
            ("gen_ai.response.model", .string("m-1-2026")), ("gen_ai.usage.input_tokens", .int(10)),
            ("gen_ai.usage.output_tokens", .int(2)),
            ("gen_ai.response.finish_reasons", .array([.string("stop")])),
            ("gen_ai.provider.name", .string("openai")), ("server.address", .string("model.test")),
            ("server.port", .int(8443)), ("soma.microdollars", .int(7)), ("soma.run.id", .string("r")),
        ]
        for (name, value) in expected { #expect(call.attributes[name] == value) }
    }
}
