import SomaCore
import SomaTraces
import Testing

private func transition(
    _ seq: Int,
    _ milliseconds: Int64,
    _ kind: TransitionKind,
    run: String = "r",
    parent: String? = nil,
    node: String? = nil,
    attempt: Int = 0,
    _ body: JSONObject = [:]
) -> Transition {
    Transition(
        run: RunID(run),
        seq: seq,
        at: Timestamp(microseconds: 1_700_000_000_000_000 + milliseconds * 1000),
        kind: kind,
        agent: run == "r" ? "coder" : "reviewer",
        parent: parent.map { RunID($0) },
        node: node,
        attempt: attempt,
        body: body
    )
}

private let log: [Transition] = [
    transition(1, 0, .runStarted),
    transition(2, 1, .nodeEntered, node: "Plan"),
    transition(3, 2, .effectRequested, node: "Plan", ["activation": 2, "effect": "model", "name": "m-1"]),
    transition(4, 3, .effectStarted, node: "Plan", attempt: 1, ["effect": 3]),
    transition(5, 10, .effectFinished, attempt: 1, ["effect": 3, "ok": false, "status": "overloaded"]),
    transition(6, 20, .effectStarted, attempt: 2, ["effect": 3]),
    transition(7, 50, .effectFinished, attempt: 2, ["effect": 3, "ok": true, "status": "ok"]),
    transition(8, 50, .budgetCharged, ["effect": 3, "tokens": 120]),
    transition(9, 51, .nodeLeft, node: "Plan", ["activation": 2, "outcome": "planned"]),
    transition(10, 52, .nodeEntered, node: "Execute"),
    transition(11, 53, .interruptOpened, ["activation": 10, "question": "approve"]),
    transition(12, 80, .interruptClosed, ["interrupt": 11, "answer": "approved"]),
    transition(13, 81, .childSpawned, ["activation": 10, "child": "k", "role": "reviewer"]),
    transition(14, 200, .childFinished, ["child": "k", "request": 13, "status": "completed"]),
    transition(15, 210, .runCompleted, ["outcome": "done"]),
]
private let child: [Transition] = [
    transition(1, 90, .runStarted, run: "k", parent: "r"),
    transition(2, 91, .nodeEntered, run: "k", node: "Plan"),
    transition(3, 190, .nodeLeft, run: "k", node: "Plan", ["activation": 2, "outcome": "planned"]),
    transition(4, 195, .runCompleted, run: "k"),
]

private func lines(_ trace: Trace) -> [String] {
    TraceWaterfall(trace).rows(0..<100).map {
        let times = "\($0.start / 1_000_000)+\($0.duration / 1_000_000)"
        return String(repeating: ".", count: $0.depth) + $0.name + " " + times
            + ($0.hasFailed ? " failed" : "")
    }
}

@Suite("The trace of a run's own log")
struct RunTraceTests {
    @Test("Visits, calls, waits and children are spans within one another")
    func whole() {
        let trace = RunTrace.trace(of: RunID("r"), [log, child])
        let expected = [
            "invoke_agent coder 0+210",
            ".Plan 1+50",
            "..chat m-1 3+7 failed",
            "..chat m-1 20+30",
            ".Execute 52+158",
            "..wait for approve 53+27",
            "..delegate to reviewer 81+119",
            "...invoke_agent reviewer 90+105",
            "....Plan 91+99",
        ]
        #expect(lines(trace) == expected)
        // The order in which logs come changes nothing.
        #expect(lines(RunTrace.trace(of: RunID("r"), [child, log])) == expected)
        #expect(trace.spans.allSatisfy { $0.trace == TraceIdentity.trace(of: RunID("r")) })
        let call = trace.spans.last { $0.name == "chat m-1" }
        #expect(call?.attributes["soma.tokens"] == .int(120))
        #expect(call?.id == TraceIdentity.span(of: RunID("r"), seq: 6))
    }

    @Test("At any moment the log so far gives every span once, and what goes on lasts until then")
    func anyMoment() {
        for count in 0...log.count {
            let trace = RunTrace.trace(of: RunID("r"), [Array(log.prefix(count))])
            #expect(Set(trace.spans.map(\.id)).count == trace.spans.count)
            let last = log.prefix(count).last.map { $0.at.microseconds * 1000 } ?? 0
            for span in trace.spans where span.attributes["soma.open"] != nil { #expect(span.end == last) }
        }
    }

    @Test("A trace id that the first transition carries is the run's")
    func given() {
        var log = log
        log[0].trace = "0af7651916cd43dd8448eb211c80319c"
        #expect("\(RunTrace.trace(of: RunID("r"), [log]).id)" == "0af7651916cd43dd8448eb211c80319c")
        log[0].trace = "00000000000000000000000000000000"
        #expect(RunTrace.trace(of: RunID("r"), [log]).id == TraceIdentity.trace(of: RunID("r")))
    }

    @Test("Any transition leads to a span that is there")
    func fromTransition() {
        var fold = RunTrace(root: RunID("r"))
        for transition in log { fold.append(transition) }
        let ids = Set(fold.value().spans.map(\.id))
        for transition in log { #expect(ids.contains(fold.span(for: transition))) }
        #expect(fold.span(for: log[6]) == TraceIdentity.span(of: RunID("r"), seq: 6))
        #expect(fold.span(for: log[7]) == TraceIdentity.span(of: RunID("r"), seq: 6))
        #expect(fold.span(for: log[8]) == TraceIdentity.span(of: RunID("r"), seq: 2))
    }

    @Test("A log in no order, with parts missing, never traps", arguments: 1...50)
    func shuffled(seed: UInt64) {
        var generator = Seeded(seed)
        let mixed = (log + child).shuffled(using: &generator).dropFirst(3)
        #expect(TraceWaterfall(RunTrace.trace(of: RunID("r"), [Array(mixed)])).rows(0..<100).count > 0)
    }
}

@Suite("The ids of a run's spans")
struct TraceIdentityTests {
    @Test("They never change")
    func golden() {
        // Exported ids are looked for later: a change here breaks what people kept.
        #expect("\(TraceIdentity.trace(of: RunID("k3v9t0q2m7x1abc")))" == "95338e6f29783b8e18a30cd12cc8f624")
        #expect("\(TraceIdentity.span(of: RunID("k3v9t0q2m7x1abc")))" == "3ea65088974e0508")
        #expect("\(TraceIdentity.span(of: RunID("k3v9t0q2m7x1abc"), seq: 7))" == "1670ad3aeb0ed9af")
    }

    @Test("They differ, and none is zero")
    func distinct() {
        var traces: Set<TraceID> = []
        var spans: Set<SpanID> = []
        for run in 0..<1000 {
            let id = RunID("run\(run)")
            traces.insert(TraceIdentity.trace(of: id))
            for seq in 0..<50 { spans.insert(TraceIdentity.span(of: id, seq: seq)) }
        }
        #expect(traces.count == 1000)
        #expect(spans.count == 50_000)
        #expect(!traces.contains { $0.isZero || $0.high == 0 || $0.low == 0 })
        #expect(!spans.contains { $0.isZero })
    }

    @Test("A traceparent has W3C's form")
    func traceparent() {
        let trace = TraceID(high: 0x0AF7_6519_16CD_43DD, low: 0x8448_EB21_1C80_319C)
        let text = TraceIdentity.traceparent(trace, SpanID(0xB7AD_6B71_6920_3331), isSampled: true)
        #expect(text == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    }
}
