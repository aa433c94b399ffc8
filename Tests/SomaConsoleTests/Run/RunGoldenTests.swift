import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Run screens")
struct RunGoldenTests {
    @Test("a run's timeline has a line an event", arguments: sizes)
    func research(size: Size) throws {
        var console = TestConsole.with(Stories.research(), size: size)
        console.press("enter")
        try expectGolden(console.canvas(), "Run/research-\(size)")
    }
}
