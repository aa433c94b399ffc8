import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Fleet screens")
struct FleetGoldenTests {
    @Test("a busy fleet shows who waits for a person first", arguments: sizes)
    func mix(size: Size) throws {
        try expectGolden(TestConsole.with(Stories.mix, size: size).canvas(), "Fleet/mix-\(size)")
    }

    @Test("a fleet without runs says what to do", arguments: sizes)
    func empty(size: Size) throws {
        try expectGolden(TestConsole.with([], size: size).canvas(), "Fleet/empty-\(size)")
    }
}
