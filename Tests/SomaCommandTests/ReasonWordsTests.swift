import SomaCore
import Testing

@testable import soma

@Suite("Why a run ended, in words")
struct ReasonWordsTests {
    private func ended(_ reason: String, outcome: String?) throws -> RunDocument {
        var state = RunState(id: RunID("0123456789abcde"))
        state.status = .failed
        state.statusReason = reason
        var run = RunDocument(state, words: [:], holder: nil, isLine: true)
        run.goal = "Publish the note"
        run.outcome = outcome
        return run
    }

    @Test("a code of the engine's is told in words where nothing else says why; any other reason stays")
    func words() throws {
        let rejected = try ended("step.rejected", outcome: nil)
        #expect(rejected.summary == "Publish the note — a step's result was judged and rejected")
        #expect(try ended("too dear", outcome: nil).summary == "Publish the note — too dear")
        #expect(
            try ended("step.rejected", outcome: "No such file.").summary == "Publish the note — No such file."
        )
        // What programs read keeps the code.
        #expect(try JSON(encoding: rejected)["statusReason"]?.string == "step.rejected")
        let now = Timestamp(microseconds: 1_000_000)
        let lines = RunReport.lines(
            rejected,
            now: now,
            style: OutputStyle(isTerminal: false, hasColor: false, columns: 80, limit: nil)
        )
        #expect(lines.last == "a step's result was judged and rejected")
    }
}
