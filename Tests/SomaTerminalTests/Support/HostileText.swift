import SomaTesting

/// Texts that a terminal could misread or a reader could miss.
enum HostileText {
    static let samples = [
        "\u{1B}[31mred", "\u{9B}31m", "a\u{0}b", "\u{7}\u{7}\u{7}", "invoice\u{202E}fdp.exe", "ad\u{200B}min",
        "safe\u{E0069}\u{E0067}\u{E006E}", "e" + String(repeating: "\u{301}", count: 5_000), "\r\nover",
        "\t tab",
        "\u{1B}]52;c;aGk=\u{7}", "\u{301}lone", "中文字", "👩‍👩‍👧‍👦 family", "🇩🇪🇫", "❤\u{FE0F}", "\u{FEFF}bom",
        "x\u{200D}y",
        "\u{2028}line", "\u{FFFE}", "نص عربي", "हिन्दी", "", "plain ASCII",
        "\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}",
        "ｈａｌｆ ﾊﾝｶｸ", "─│┼█⣿", "\u{AD}soft", "\u{3164}fill",
    ]

    /// A text of random pieces.
    static func random(_ generator: inout SeededGenerator, pieces: Int = 3) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...pieces, using: &generator) {
            text += samples.randomElement(using: &generator)?.prefix(20) ?? ""
        }
        return text
    }

    /// Whether a text has nothing that a terminal obeys or that isn't seen.
    static func isClean(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x00...0x1F, 0x7F...0x9F, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF:
                false
            default: true
            }
        }
    }
}
