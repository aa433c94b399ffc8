import Testing

@testable import SomaTerminal

@Suite("Simple text")
struct SimpleTextTests {
    @Test("every scalar that is drawn without looking for graphemes is measured as the others are")
    func scalars() throws {
        var simple = 0
        for value in UInt32(0x20)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = String(Character(scalar))
            guard SafeText.simpleColumns(of: text) != nil else { continue }
            simple += 1
            #expect(TextWidth.columns(of: scalar) == 1, "U+\(String(value, radix: 16))")
            #expect(!SafeText.isHidden(scalar))
            // A cluster of its own, between letters and between its likes.
            #expect("a\(text)\(text)b".count == 4)
        }
        #expect(simple > 1_000)
    }

    @Test(
        "text with anything that joins, hides or is wide takes the long way",
        arguments: ["é", "中", "👍", "a\u{200B}", "\u{1B}[0m", "x\u{FE0F}", "\r\n"]
    )
    func others(text: String) {
        #expect(SafeText.simpleColumns(of: "e\u{301}") == nil)
        guard text != "é" else { return }
        #expect(SafeText.simpleColumns(of: text) == nil)
    }
}
