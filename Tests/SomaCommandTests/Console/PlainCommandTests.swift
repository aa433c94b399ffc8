import ArgumentParser
import Testing

@testable import soma

@Suite("soma without a word")
struct PlainCommandTests {
    @Test("is what parsing nothing gives, option by option")
    func plain() throws {
        let parsed = try ConsoleCommand.parse([])
        let kept = try ConsoleCommand.parse(["--keep"])
        // An option that nobody set would be shown as its definition.
        #expect(Self.text(ConsoleCommand.plain) == Self.text(parsed))
        #expect(Self.text(ConsoleCommand()) != Self.text(parsed))
        #expect(Self.text(kept) != Self.text(parsed))
    }

    private static func text(_ command: ConsoleCommand) -> String {
        var text = ""
        dump(command, to: &text)
        // The headings of help are no options.
        return text.split(separator: "\n").filter { !$0.contains("- title:") }.joined(separator: "\n")
    }
}
