import SomaCore
import Testing

@Suite("Fleet")
struct FleetTests {
    static func transition(
        _ run: String,
        _ seq: Int,
        _ kind: TransitionKind = .unknown("x"),
        _ body: JSONObject = [:]
    ) -> Transition {
        Transition(
            run: RunID(run),
            seq: seq,
            at: Timestamp(microseconds: Int64(seq)),
            kind: kind,
            parent: run == "a" ? nil : RunID("a"),
            node: "N",
            body: body
        )
    }

    @Test("counts transitions and gaps, and drops repeats")
    func counts() {
        var fleet = Fleet()
        #expect(fleet.apply(Self.transition("a", 1)) == .next)
        #expect(fleet.apply(Self.transition("b", 3)) == .afterGap)
        #expect(fleet.apply(Self.transition("a", 1)) == .repeated)
        #expect(fleet.transitions == 2)
        #expect(fleet.gaps == 2)
        #expect(fleet.lastAt == Timestamp(microseconds: 3))
        #expect(fleet.runs.map(\.id.rawValue) == ["a", "b"])
        #expect(fleet[RunID("c")] == nil)
    }

    @Test("extreme numbers are held within 64 bits")
    func extremes() {
        var fleet = Fleet()
        fleet.apply(Self.transition("a", .max))
        fleet.apply(Self.transition("b", .max))
        #expect(fleet.gaps == .max)
        #expect(Fleet(runs: fleet.runs).transitions == .max)
    }

    @Test("a snapshot takes the place of a run, and a run can be forgotten")
    func replacing() {
        var fleet = Fleet()
        for name in ["a", "b", "c"] { fleet.apply(Self.transition(name, 1, .runStarted)) }
        var state = RunState(id: RunID("b"))
        state.seq = 5
        fleet.replace(state)
        #expect(fleet[RunID("b")] == state)
        #expect(fleet.transitions == 7)
        fleet.remove(RunID("a"))
        fleet.remove(RunID("zzz"))
        #expect(fleet.runs.map(\.id.rawValue) == ["b", "c"])
        fleet.apply(Self.transition("c", 2))
        #expect(fleet[RunID("c")]?.seq == 2)
        #expect(fleet.runs.map(\.id.rawValue) == ["b", "c"])
    }

    @Test("runs are found by prefix, parent and need")
    func queries() {
        var fleet = Fleet()
        for name in ["a", "ab", "abc"] { fleet.apply(Self.transition(name, 1, .runStarted)) }
        #expect(fleet.runs(prefix: "ab").map(\.id.rawValue) == ["ab"])
        #expect(fleet.runs(prefix: "abc").count == 1)
        #expect(fleet.runs(prefix: "x").isEmpty)
        fleet.apply(Self.transition("ab", 2, .runPaused, ["reason": "budget.tokens"]))
        fleet.apply(Self.transition("abc", 2, .runPaused, ["reason": "person"]))
        fleet.apply(Self.transition("a", 2, .runPaused, ["reason": "budget.usd"]))
        #expect(
            fleet.needingPerson.map(\.id.rawValue) == ["ab", "a"]
                || fleet.needingPerson.map(\.id.rawValue) == ["a", "ab"]
        )
    }
}
