import Testing

@testable import SomaCore

@Suite("Run states in keyframes")
struct RunRecordTests {
    @Test("any state round trips")
    func roundTrip() throws {
        for seed in 0..<60 as Range<UInt64> {
            var random = RandomTransitions(seed: seed, runs: 1)
            var state = RunState(id: random.runs[0])
            for _ in 0..<80 {
                state.apply(random.next())
                #expect(RunState(record: try JSON.parse(state.record.bytes())) == state)
            }
        }
    }

    @Test("a caller's tracestate comes back, and one that nobody may have written is dropped")
    func traceState() throws {
        var state = RunState(id: RunID("r"))
        state.traceState = "rojo=1,congo=2"
        #expect(RunState(record: try JSON.parse(state.record.bytes())) == state)
        for broken in ["", "rojo", "a=1\r\nx: y", String(repeating: ",", count: 9000)] {
            #expect(RunState(record: ["id": "r", "tracestate": .string(broken)]).traceState == nil)
        }
    }

    /// Whoever adds a stored property also adds it to `RunState.record`, and then here.
    @Test("the record has every property")
    func properties() {
        func names(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
        let id = RunID("r")
        let zero = Timestamp(microseconds: 0)
        #expect(
            names(RunState(id: id)) == [
                "id", "seq", "tenant", "subject", "role", "parent", "depth", "trace",
                "isTraceSampled", "traceState", "origin", "startedAt", "lastAt",
                "status", "statusSince", "statusReason", "goal", "outcome", "graph", "pins", "activations",
                "entries", "arrivals", "document", "plan", "budget", "visits", "counts", "heldMicroseconds",
                "children", "verdict", "repetition", "unsettled",
            ]
        )
        #expect(
            names(RunState.Counts()) == [
                "effectsSucceeded", "effectsFailed", "retries", "accepted", "rejected", "replans", "facts",
                "questions", "children", "recoveries", "unknown",
            ]
        )
        #expect(
            names(Request(id: 1, kind: .tool, name: "", since: zero)) == [
                "id", "kind", "name", "effectClass", "state", "since", "attempt", "arguments", "result",
                "status",
                "detail", "reserved", "question", "child",
            ]
        )
        #expect(
            names(Activation(id: 1, node: "", visit: 1, enteredAt: zero)) == [
                "id", "node", "visit", "enteredAt", "branches", "requests",
            ]
        )
        #expect(names(Budget()) == ["limits", "spent", "reserved"])
        #expect(names(Usage()) == ["tokens", "microdollars", "steps"])
        #expect(names(Limits()) == ["tokens", "microdollars", "steps", "seconds"])
        #expect(names(Plan()) == ["revision", "steps", "words"])
    }

    @Test(
        "what is no record leaves an empty state",
        arguments: [JSON.null, [1], ["seq": "x", "plan": 3, "visits": [1]]]
    )
    func nonsense(_ record: JSON) {
        #expect(RunState(record: record).status == .unknown)
    }
}
