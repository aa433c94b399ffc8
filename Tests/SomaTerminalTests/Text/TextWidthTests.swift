import SomaTerminal
import Testing

@Suite("Text width")
struct TextWidthTests {
    @Test(
        "clusters take the columns that terminals give them",
        arguments: [
            ("A", 1), ("é", 1), ("e\u{301}", 1), ("中", 2), ("Ａ", 2), ("ｱ", 1), ("가", 2), ("😀", 2), ("⌚", 2),
            ("❤", 1),
            ("❤\u{FE0F}", 2), ("⌚\u{FE0E}", 2), ("👩‍👩‍👧‍👦", 2), ("🇩🇪", 2), ("1\u{FE0F}\u{20E3}", 2), ("👍🏽", 2),
            ("─", 1), ("█", 1), ("⣿", 1), ("", 1), ("\u{301}", 0), ("\u{200B}", 0), ("क्ष", 2), ("हि", 2),
        ] as [(String, Int)]
    )
    func clusters(text: String, columns: Int) {
        #expect(TextWidth.columns(of: text) == columns)
    }
}
