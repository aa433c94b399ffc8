import Testing

@testable import SomaSettings

@Suite("Nearest name")
struct NearestNameTests {
    private static let words = ["log.level", "log.format", "store", "sandbox", "theme", "color"]

    @Test(
        "a mistyped word finds the one that was meant",
        arguments: [
            ("log.levle", "log.level"), ("stroe", "store"), ("colour", "color"), ("Theme", "theme"),
            ("sandbx", "sandbox"),
        ]
    )
    func near(word: String, expected: String) {
        #expect(NearestName.of(word, among: Self.words) == expected)
    }

    @Test(
        "a word that is like none finds nothing",
        arguments: ["", "kubernetes", "zz", String(repeating: "a", count: 5000)]
    )
    func far(word: String) {
        #expect(NearestName.of(word, among: Self.words) == nil)
    }

    @Test(
        "edits are counted, a swap of neighbours as one",
        arguments: [
            ("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("", "abc", 3),
            ("abc", "", 3),
        ]
    )
    func distance(left: String, right: String, edits: Int) {
        #expect(NearestName.distance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == edits)
    }

    @Test("text from outside is shown without control characters and cut")
    func quoted() {
        #expect(Quoted.text("a\u{1B}[31m\nb\u{202E}") == #""a\u{1b}[31m\u{a}b\u{202e}""#)
        #expect(
            Quoted.text(String(repeating: "x", count: 100)) == "\"" + String(repeating: "x", count: 80)
                + "…\""
        )
    }
}
