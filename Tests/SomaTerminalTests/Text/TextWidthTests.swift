import FoundationEssentials
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
            ("─", 1), ("█", 1), ("⣿", 1), ("\u{E0B0}", 1), ("\u{301}", 0), ("\u{200B}", 0), ("क्ष", 2),
            ("हि", 2),
        ] as [(String, Int)]
    )
    func clusters(text: String, columns: Int) {
        #expect(TextWidth.columns(of: text) == columns)
    }
}

/// Widths that another implementation computed.
struct WidthCorpus: Decodable {
    struct Single: Decodable {
        var codepoint: String
        var width: Int
    }
    struct Sequence: Decodable {
        var codepoints: String
        var width: Int
    }
    struct Breaks: Decodable {
        var clusters: [[String]]
    }
    var single: [Single]
    var sequences: [Sequence]
    var zwj: [Sequence]
    var grapheme_breaks: [Breaks]

    static func load() throws -> WidthCorpus? {
        try Corpora.files("unicode-width", ending: "expected.json").first.map {
            try JSONDecoder().decode(WidthCorpus.self, from: $0.data)
        }
    }

    static func text(_ codepoints: some Swift.Sequence<Substring>) -> String {
        var text = ""
        for part in codepoints {
            if let value = UInt32(part, radix: 16), let scalar = Unicode.Scalar(value) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

@Suite("Text width against the corpus")
struct TextWidthCorpusTests {
    @Test("every scalar and sequence is as wide as the oracle says")
    func widths() throws {
        guard let corpus = try WidthCorpus.load() else { return }
        for item in corpus.single {
            let text = WidthCorpus.text([item.codepoint[...]])
            #expect(TextWidth.columns(of: text) == item.width, "U+\(item.codepoint)")
        }
        for item in corpus.sequences + corpus.zwj {
            let text = WidthCorpus.text(item.codepoints.split(separator: " "))
            #expect(TextWidth.columns(of: text) == item.width, "\(item.codepoints)")
            #expect(SafeText.line(text) == text, "\(item.codepoints)")
        }
        // The corpus is older than the standard library's data, in which U+2701 is no pictograph any more.
        for item in corpus.grapheme_breaks where !item.clusters.joined().contains("2701") {
            let clusters = item.clusters.map { WidthCorpus.text($0.map { $0[...] }) }
            #expect(clusters.joined().map { String($0) } == clusters, "\(item.clusters)")
        }
    }
}
