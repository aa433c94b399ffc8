import Testing

@testable import SomaTerminal

@Suite("Key table")
struct KeyTableTests {
    private func table() -> KeyTable<Int> {
        KeyTable([
            KeyBinding(
                "quit",
                keys: [Key("q"), Key("c", .control)],
                title: "quit",
                description: "Leave.",
                group: "General",
                message: 1
            ),
            KeyBinding(
                "down",
                keys: [Key("j"), Key(.down)],
                title: "down",
                description: "Next row.",
                group: "Move",
                message: 2
            ),
            KeyBinding(
                "help",
                keys: [Key("?")],
                title: "keys",
                description: "This page.",
                group: "General",
                isEnabled: false,
                message: 3
            ),
        ])
    }

    @Test("keys are looked up among the enabled")
    func lookup() {
        #expect(table().message(for: Key("c", .control)) == 1)
        #expect(table().message(for: Key(.down)) == 2)
        #expect(table().message(for: Key("?")) == nil)
    }

    @Test("help groups bindings and aligns keys")
    func help() {
        #expect(
            table().help().map(\.text) == [
                "General", "  q ctrl+c  Leave.", "  ?         This page.", "", "Move",
                "  j down    Next row.",
            ]
        )
        #expect(table().hints(columns: 20).text == "q quit   j down")
        #expect(table().hints(columns: 8).text == "q quit")
    }

    @Test("remapping names what is wrong")
    func remap() throws {
        var table = table()
        try table.remap("quit", to: ["Q", "f10"])
        #expect(table.message(for: Key(.function(10))) == 1)
        #expect(
            throws: TerminalError(
                .keys,
                "There is no key binding named \"quti\".",
                hint: "Did you mean \"quit\"?"
            )
        ) {
            try table.remap("quti", to: ["x"])
        }
        #expect(
            throws: TerminalError(
                .keys,
                "The key j of \"quit\" already belongs to \"down\".",
                hint: "Give \"down\" another key first."
            )
        ) {
            try table.remap("quit", to: ["j"])
        }
        #expect(throws: TerminalError.self) { try table.remap("quit", to: ["hyper+x"]) }
        #expect(table.conflicts.isEmpty)
    }

    @Test(
        "keys are written as they are read",
        arguments: ["a", "G", "ctrl+c", "alt+shift+up", "f12", "space", "esc", "pgdn", "+", "ctrl++"]
    )
    func names(text: String) { #expect(Key(text)?.description == text) }
}
