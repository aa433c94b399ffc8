import SomaTerminal
import Testing

@testable import SomaConsole

@Suite("Names of keys")
struct KeyNameTests {
    @Test(
        "are read in the forms that people use",
        arguments: [
            ("g", Key("g")), ("G", Key("G")), ("shift+l", Key("L")), ("shift+ä", Key("Ä")),
            ("ctrl+q", Key("q", .control)),
            ("Ctrl+Q", Key("q", .control)), ("ctrl+L", Key("l", .control)), ("alt+L", Key("L", .alt)),
            ("alt+shift+x", Key("X", .alt)), ("shift+tab", Key(.tab, .shift)), ("Enter", Key(.enter)),
            ("F5", Key(.function(5))), ("ctrl+space", Key(" ", .control)), ("ctrl+]", Key("]", .control)),
            ("space", Key(" ")), ("+", Key("+")), ("ctrl+alt+x", Key("x", [.control, .alt])), ("7", Key("7")),
            ("alt+left", Key(.left, .alt)),
        ]
    )
    func reads(text: String, key: Key) throws { #expect(try KeyName.read(text) == key) }

    @Test(
        "are refused with the nearest that is meant",
        arguments: [
            ("escape", "esc"), ("ctrl+escape", "ctrl+esc"), ("PageDown", "pgdn"), ("entr", "enter"),
            ("f25", "f2"),
            ("shift+tba", "shift+tab"),
        ]
    )
    func suggests(text: String, suggestion: String) throws {
        let problem = #expect(throws: KeyName.Problem.self) { try KeyName.read(text) }
        #expect(problem?.suggestion == suggestion)
        #expect(problem?.message.hasPrefix("\"\(text)\" is not a key") == true)
    }

    @Test(
        "that terminals can't tell apart or never send are refused",
        arguments: [
            ("ctrl+i", "terminals send tab for ctrl+i"), ("ctrl+M", "terminals send enter for ctrl+m"),
            ("ctrl+h", "terminals send backspace for ctrl+h"), ("ctrl+[", "terminals send esc for ctrl+["),
            ("ctrl+1", "no terminal sends ctrl+1"), ("ctrl+ä", "no terminal sends ctrl+ä"),
            ("shift+1", "no terminal sends shift+1: name what the key writes with shift"),
            ("ctrl+shift+x", "no terminal sends ctrl+shift+x: name what the key writes with shift"),
        ]
    )
    func impossible(text: String, message: String) {
        let problem = #expect(throws: KeyName.Problem.self) { try KeyName.read(text) }
        #expect(problem?.message == message)
    }

    @Test("that are hostile are shown harmless")
    func hostile() {
        let problem = #expect(throws: KeyName.Problem.self) { try KeyName.read("\u{1B}[2J") }
        #expect(problem?.message.contains("\u{1B}") == false)
        #expect(throws: KeyName.Problem.self) { try KeyName.read("") }
        #expect(throws: KeyName.Problem.self) { try KeyName.read(String(repeating: "x", count: 100_000)) }
    }
}
