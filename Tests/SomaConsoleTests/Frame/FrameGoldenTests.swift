import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Frame")
struct FrameGoldenTests {
    @Test("help is made from the key table", arguments: sizes)
    func help(size: Size) throws {
        var console = TestConsole.with(Stories.mix, size: size)
        console.press("?")
        try expectGolden(console.canvas(), "Frame/help-\(size)")
    }

    @Test("help scrolls where it is longer than the screen, and any other key closes it")
    func helpScrolls() {
        var console = TestConsole.with(Stories.mix)
        console.press("? j j pgdn pgup k j")
        #expect(console.state.helpTop == 2)
        console.press("x")
        #expect(console.state.helpTop == nil)
        #expect(console.state.confirmation == nil)
    }

    @Test("what can't be undone asks first", arguments: sizes)
    func confirmation(size: Size) throws {
        var console = TestConsole.with(Stories.research(), size: size)
        console.press("x")
        try expectGolden(console.canvas(), "Frame/confirm-\(size)")
    }

    @Test("a prompt takes the last line", arguments: sizes)
    func prompt(size: Size) throws {
        var console = TestConsole.with([Stories.needsApproval()], size: size)
        console.press("r")
        console.type("not on a friday")
        try expectGolden(console.canvas(), "Frame/prompt-\(size)")
    }

    @Test(
        "a terminal that is too small says what it needs",
        arguments: [
            Size(columns: 19, rows: 5), Size(columns: 20, rows: 4), Size(columns: 1, rows: 1),
            Size(columns: 0, rows: 0),
        ]
    )
    func small(size: Size) throws {
        try expectGolden(TestConsole.with(Stories.mix, size: size).canvas(), "Frame/small-\(size)")
    }

    @Test("every view draws in every size without leaving it")
    func allSizes() {
        for columns in stride(from: 0, through: 230, by: 46) {
            for rows in stride(from: 0, through: 66, by: 11) {
                let size = Size(columns: columns, rows: rows)
                for keys in ["", "g", "g g", "enter z", "?", "x", "j r", ":"] {
                    var console = TestConsole.with(Stories.mix, size: size)
                    console.press(keys)
                    #expect(console.canvas().size == size)
                }
            }
        }
    }

    @Test(
        "no bytes of others reach the terminal but as text",
        arguments: ["", "enter z", "g", "g tab", "a", "x"]
    )
    func injection(keys: String) {
        var console = TestConsole.with(Stories.hostile, size: Size(columns: 120, rows: 40))
        console.press(keys)
        console.feed(
            .source(.receipt(ConsoleCommand(RunID("a\u{1B}"), .pause), .refused("\u{1B}[2J", code: "")))
        )
        let text = console.canvas().text
        #expect(
            text.unicodeScalars.allSatisfy {
                $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
            }
        )
        #expect(!text.unicodeScalars.contains("\u{202E}"))
    }
}
