import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Room for the graph and the steps")
struct PlanRoomTests {
    @Test(
        "steps have what they want of what the graph leaves, and the graph what it needs of what they don't want"
    )
    func panels() {
        // Three eighths where that does for both.
        #expect(PlanStage.panelColumns(of: 200, steps: 60, graph: 100) == 75)
        #expect(PlanStage.panelColumns(of: 200, steps: 100, graph: 60) == 100)
        #expect(PlanStage.panelColumns(of: 200, steps: 300, graph: 110) == 88)
        #expect(PlanStage.panelColumns(of: 200, steps: 300, graph: 20) == 125)
        #expect(PlanStage.panelColumns(of: 200, steps: 50, graph: 140) == 58)
        #expect(PlanStage.panelColumns(of: 200, steps: 50, graph: 1_000) == 50)
        #expect(PlanStage.panelColumns(of: 200, steps: 4, graph: 1_000) == 44)
        #expect(PlanStage.panelColumns(of: 100, steps: 4, graph: 1_000) == 44)
    }

    @Test("titles and criteria share the columns by what they hold")
    func split() {
        func split(_ columns: Int, _ step: Int, _ criterion: Int) -> Int {
            PlanSteps.split(of: columns, PlanSteps.Widths(step: step, criterion: criterion))
        }
        #expect(split(70, 30, 20) == 42)
        #expect(split(70, 50, 19) == 50)
        #expect(split(70, 30, 39) == 30)
        #expect(split(70, 80, 15) == 54)
        #expect(split(70, 30, 90) == 30)
        #expect(split(70, 80, 90) == 42)
        #expect(split(70, 10, 90) == 24)
        #expect(split(70, 500, 0) == 60)
    }

    @Test("where both fit, neither is cut, and headings always have room", arguments: UInt64(0)..<50)
    func property(seed: UInt64) {
        var random = SeededGenerator(seed)
        let columns = Int.random(in: 56...120, using: &random)
        let widths = PlanSteps.Widths(
            step: Int.random(in: 0...140, using: &random),
            criterion: Int.random(in: 0...140, using: &random)
        )
        let split = PlanSteps.split(of: columns, widths)
        #expect((24...columns - 10).contains(split))
        guard max(widths.step, 24) + 1 + max(widths.criterion, 9) <= columns else { return }
        #expect(split >= widths.step && columns - split - 1 >= widths.criterion)
    }
}
