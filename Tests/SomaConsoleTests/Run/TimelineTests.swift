import SomaCore
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

    @Test("what a person gives a child is told apart from a run's own limits")
    func grants() {
        let grant = entry(.budgetChanged, ["request": 5, "reserve": ["tokens": 90], "by": "ada"])
        #expect(grant.parts.first == .text("set more aside for a child"))
        let limits = entry(.budgetChanged, ["limits": ["tokens": 90], "by": "ada"])
        #expect(limits.parts.first == .text("changed the budget"))
    }
}
