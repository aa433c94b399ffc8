import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Plan graph screens")
struct PlanGraphGoldenTests {
    @Test("a run in its second round shows the way it took", arguments: sizes)
    func research(size: Size) throws {
        var console = TestConsole.with(Stories.research(), size: size)
        console.press("g")
        try expectGolden(console.canvas(), "PlanGraph/research-\(size)")
    }
}
