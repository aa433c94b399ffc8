import FoundationEssentials
import SomaTesting
import Testing

@testable import SomaTerminal

/// One hostile text with what must not come out and what must.
struct InjectionCase: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var payload_base64: String
    var must_not_reach_terminal: [String]
    var marker: String
    var encoding: String?
    var also_forbidden_if_decoded: String?

    var testDescription: String { name }

    /// Our own cases, and the corpus where there is one.
    static let all: [InjectionCase] =
        own
        + Corpora.files("escape-injection", ending: ".json").compactMap {
            try? JSONDecoder().decode(InjectionCase.self, from: $0.data)
        }

    private static let own = [
        make("colour", "\u{1B}[31mM1", "1b5b33316d"), make("title", "\u{1B}]0;M2\u{7}", "1b5d30"),
        make("nul", "a\0M3", "00"), make("override", "a\u{202E}M4", "e280ae"),
        make("zero width", "a\u{200B}bM5", "e2808b"),
        make("tags", "a\u{E0069}\u{E0067}M6", "f3a081a9"), make("return", "a\rM7", "0d"),
        make("c1", "\u{9B}31mM8", "c29b"),
        make(
            "flood",
            "e" + String(repeating: "\u{301}", count: 900) + "M9",
            String(repeating: "cc81", count: 20)
        ),
    ]

    private static func make(_ name: String, _ text: String, _ forbidden: String) -> InjectionCase {
        InjectionCase(
            name: name,
            payload_base64: Data(text.utf8).base64EncodedString(),
            must_not_reach_terminal: [forbidden],
            marker: "M",
            encoding: nil,
            also_forbidden_if_decoded: nil
        )
    }
}

@Suite("Safe text")
struct SafeTextTests {
    @Test(
        "hidden and dangerous characters become visible",
        arguments: [
            ("\u{1B}[31mx", "␛[31mx"), ("a\0b", "a␀b"), ("\u{7F}", "␡"), ("\u{9B}31m", "<U+009B>31m"),
            ("a\tb\r\nc", "a␉b␍␊c"),
            ("a\u{202E}b", "a<U+202E>b"), ("ad\u{200B}min", "ad<U+200B>min"), ("\u{FEFF}x", "<U+FEFF>x"),
            ("x\u{200D}y", "x<U+200D>y"), ("a\u{E0069}", "a<U+E0069>"), ("\u{301}x", "\u{25CC}\u{301}x"),
            ("\u{AD}", "<U+00AD>"),
            ("\u{3164}", "<U+3164>"), ("\u{2028}", "<U+2028>"), ("\u{FFFE}", "<U+FFFE>"),
            ("a\u{FE0F}", "a<U+FE0F>"),
        ] as [(String, String)]
    )
    func visible(text: String, shown: String) {
        #expect(SafeText.line(text) == shown)
    }

    @Test(
        "real sequences stay as they are",
        arguments: [
            "👩‍👩‍👧‍👦", "👩🏽‍🚀", "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}", "🇩🇪", "❤\u{FE0F}",
            "1\u{FE0F}\u{20E3}", "e\u{301}",
            "می\u{200C}خواهم", "क्\u{200D}ष", "中文", "한국어", "ñ", "─│", "👨🏻‍🫯‍👨🏽",
        ]
    )
    func kept(text: String) {
        #expect(SafeText.line(text) == text)
    }

    @Test("a flood of marks is cut and counted")
    func flood() {
        let text = "e" + String(repeating: "\u{301}", count: 5_000) + "x"
        let shown = SafeText.line(text)
        #expect(shown.hasSuffix("<+4994 marks>x"))
        #expect(shown.unicodeScalars.count == 7 + 14 + 0)
    }

    @Test("a flood of hidden characters is counted")
    func hiddenFlood() {
        #expect(SafeText.line(String(repeating: "\u{7}", count: 10_000) + "x") == "␇␇␇␇␇␇␇␇<+9992 more>x")
        let tags = "a" + String(repeating: "\u{E0069}", count: 20) + "b"
        #expect(SafeText.line(tags) == "a<U+E0069><U+E0069><U+E0069><+17 hidden>b")
    }

    @Test("no forbidden bytes come out of a canvas or a line", arguments: InjectionCase.all)
    func injection(item: InjectionCase) throws {
        let payload = try #require(Data(base64Encoded: item.payload_base64))
        let text: String
        if item.encoding == "json-string-body" {
            text = SafeText.decode(payload).replacing("\\ud800", with: "\u{FFFD}")
        } else {
            text = SafeText.decode(payload)
        }
        var canvas = Canvas(size: Size(columns: 200, rows: 200))
        for (row, line) in TextWrap.wrap(text, columns: 200).prefix(200).enumerated() {
            canvas.draw(line, column: 0, row: row)
        }
        for shown in [canvas.text, SafeText.line(text)] {
            let bytes = shown.utf8.map { SafeText.hexadecimal(UInt32($0), digits: 2) }.joined().lowercased()
            for forbidden in item.must_not_reach_terminal where forbidden != "00" || !shown.contains("\n") {
                #expect(!contains(bytes, forbidden), "\(item.name)")
            }
        }
        #expect(canvas.text.replacing("\n", with: "").contains(item.marker))
        #expect(HostileText.isClean(SafeText.line(text)))
    }

    /// Whether bytes in hexadecimal hold others, at whole bytes.
    private func contains(_ bytes: String, _ part: String) -> Bool {
        let hay = Array(bytes.utf8)
        let needle = Array(part.utf8)
        guard hay.count >= needle.count else { return false }
        return stride(from: 0, through: hay.count - needle.count, by: 2).contains { start in
            hay[start..<(start + needle.count)].elementsEqual(needle)
        }
    }

    @Test("bytes that aren't UTF-8 are spelled out")
    func invalid() {
        #expect(SafeText.decode([0x61, 0xC0, 0x9B, 0x62]) == "a<0xC0><0x9B>b")
        #expect(SafeText.decode([0xED, 0xA0, 0x80]) == "<0xED><0xA0><0x80>")
        #expect(SafeText.decode(Array("héllo".utf8)) == "héllo")
        #expect(SafeText.decode([0xE4, 0xB8]) == "<0xE4><0xB8>")
    }

    @Test("lines keep breaks and widen tabs")
    func lines() {
        #expect(SafeText.lines("a\tb\r\n\tc\n") == ["a       b", "        c", ""])
    }

    @Test(
        "clipping counts columns and ends with a mark",
        arguments: [
            ("hello", 5, "hello"), ("hello!", 5, "hell…"), ("中文字", 5, "中文…"), ("中文字", 4, "中…"),
            ("abc", 0, ""), ("abc", 1, "…"),
        ] as [(String, Int, String)]
    )
    func clip(text: String, columns: Int, shown: String) {
        #expect(SafeText.clip(text, to: columns) == shown)
        #expect(SafeText.fits(text, in: columns) == (SafeText.columns(of: text) <= columns))
        #expect(
            StyledLine([.init(text), .init(text)]).fits(in: columns * 2) == SafeText.fits(text, in: columns)
        )
    }

    @Test("ASCII output holds nothing else", arguments: HostileText.samples)
    func ascii(text: String) {
        #expect(SafeText.line(text, ascii: true).utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
    }

    @Test("random hostile text is clean, and as wide as it says")
    func random() {
        var generator = SeededGenerator(11)
        for _ in 0..<3_000 {
            var text = HostileText.random(&generator)
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x1_1000, using: &generator)) {
                    text.unicodeScalars.append(scalar)
                }
            }
            let line = SafeText.line(text)
            #expect(HostileText.isClean(line))
            #expect(SafeText.line(line).count <= line.count * 12 + 12)
            var canvas = Canvas(size: Size(columns: 400, rows: 1))
            #expect(canvas.draw(text, column: 0, row: 0, maxColumns: 4_000) == SafeText.columns(of: text))
        }
    }

    @Test(
        "JSON on a terminal is the same document with nothing in it that a terminal would obey",
        arguments: [
            ("{\"a\": 1,\n \"ü\": \"日本 👩‍🚀\"}", "{\"a\": 1,\n \"ü\": \"日本 👩‍🚀\"}"),
            ("\"\u{9B}31m\u{9D}52;c;\u{7F}\"", "\"\\u009b31m\\u009d52;c;\\u007f\""),
            ("\"\u{202E}\u{E0041}\"", "\"\\u202e\\udb40\\udc41\""),
        ]
    )
    func json(text: String, shown: String) {
        #expect(SafeText.json(text) == shown)
    }
}
