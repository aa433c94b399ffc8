import SomaCore
import SomaTerminal
import Testing

@testable import SomaConsole

@Suite("Timeline")
struct TimelineTests {
    private func entry(_ kind: TransitionKind, _ body: JSONObject) -> TimelineEntry {
        let transition = Transition(
            run: RunID("r"),
            seq: 7,
            at: Timestamp(microseconds: 0),
            kind: kind,
            body: body
        )
        return TimelineReading(log: [transition]).entry(at: 0)
    }

    @Test(
        "a clock that was set forward is told as such, whatever the number",
        arguments: [(7_200_000_000, "2h00m"), (Int.max, "9999d04h"), (Int.min, "0ms")]
    )
    func clock(jumped: Int, text: String) {
        let entry = entry(.runResumed, ["after": "clock", "jumped": JSON(jumped)])
        #expect(entry.label == "Daemon")
        #expect(entry.parts == [.text("the machine's clock was set forward by \(text)")])
    }

    @Test("a run that was handed over is told apart from one that was taken up after a crash")
    func handover() {
        let moved = entry(.runResumed, ["after": "handover", "holder": "h"])
        #expect(moved.parts == [.text("handed over, and taken up"), .dim("by h")])
        let crashed = entry(.runResumed, ["after": "crash", "holder": "h"])
        #expect(crashed.parts == [.text("taken up again after crash", .warning), .dim("by h")])
        #expect([moved.label, crashed.label] == ["Daemon", "Daemon"])
    }

    @Test("what a person gives a child is told apart from a run's own limits")
    func grants() {
        let grant = entry(.budgetChanged, ["request": 5, "reserve": ["tokens": 90], "by": "ada"])
        #expect(grant.parts.first == .text("set more aside for a child"))
        let limits = entry(.budgetChanged, ["limits": ["tokens": 90], "by": "ada"])
        #expect(limits.parts.first == .text("changed the budget"))
    }

    /// What an entry says, without styles.
    private func said(_ kind: TransitionKind, _ body: JSONObject) -> String {
        let entry = entry(kind, body)
        return ([entry.label] + entry.parts.map { EntryText.text($0, WordsCache()) }).filter { !$0.isEmpty }
            .joined(separator: " ")
    }

    @Test(
        "what has no words of its own is told from its body, also where half of that is missing",
        arguments: [
            (
                .runForked, ["from": "c9d1e0b7r4t2m6s", "at": 12, "by": "ada"],
                "Start forked from c9d1e0 at 12 by ada"
            ),
            (.runForked, ["edited": true], "Start forked from ? at 0 with changes"),
            (.effectSettled, ["happened": true, "by": "ada"], "You settled: it happened by ada"),
            (.effectSettled, [:], "You settled: it didn't happen"),
            (.factObserved, ["name": "p95", "value": 430], "Observe p95 430"),
            (
                .interruptClosed, ["answer": "approved", "edited": true, "by": "ada"],
                "You approved with other arguments by ada"
            ),
            (.childSpawned, [:], "?"),
        ] as [(TransitionKind, JSONObject, String)]
    )
    func bare(kind: TransitionKind, body: JSONObject, text: String) { #expect(said(kind, body) == text) }

    @Test("what only says that something goes on names what that is")
    func quiet() {
        let log = (1...7).map { seq in
            let kinds: [(TransitionKind, JSONObject)] = [
                (.effectRequested, ["name": "shell"]), (.effectStarted, ["effect": 1]),
                (.effectFinished, ["effect": 1, "status": "timeout"]),
                (.effectInDoubt, ["effect": 1, "reason": "crash"]),
                (.nodeEntered, ["via": "next"]),
                (.nodeLeft, ["outcome": "x", "next": [["node": "A"], ["node": "B"]]]),
                (.childFinished, ["request": 99, "status": "failed"]),
            ]
            let (kind, body) = kinds[seq - 1]
            return Transition(
                run: RunID("r"),
                seq: seq,
                at: Timestamp(microseconds: 0),
                kind: kind,
                attempt: seq == 2 ? 3 : 0,
                body: body
            )
        }
        let reading = TimelineReading(log: log)
        let texts = (1..<7).map { place in
            reading.entry(at: place).parts.map { EntryText.text($0, WordsCache()) }.joined()
        }
        #expect(
            texts == [
                "shell started try 3", "shell finished timeout", "shell in doubt crash", "entered via next",
                "left x to A, B", "child finished failed",
            ]
        )
    }
}
