import FoundationEssentials
import Testing

@testable import SomaTerminal

/// Texts and byte sequences that others collected because programs stumble over them.
@Suite("Outside corpora")
struct OutsideCorpusTests {
    private struct Item: Decodable { var value: String }

    /// The texts that were collected because they break programs.
    private static let naughty: [String] =
        Corpora.files("naughty-strings", ending: ".json").flatMap { file in
            (try? JSONDecoder().decode([Item].self, from: file.data))?.map(\.value) ?? []
        }

    /// What the scripts of a terminal emulator's tests write to it, and what it answers.
    private static func script(_ word: String) -> [[UInt8]] {
        Corpora.files("libvterm-scripts", ending: ".test").flatMap { file in
            String(decoding: file.data, as: UTF8.self).split(separator: "\n").compactMap { line in
                let line = line.drop { $0 == " " }
                guard line.hasPrefix(word + " \"") else { return nil }
                return bytes(of: line.dropFirst(word.count + 2).dropLast())
            }
        }
    }

    /// The bytes of a string as the scripts write it.
    private static func bytes(of text: Substring) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.popFirst() {
            guard first == 0x5C, let kind = rest.popFirst() else {
                result.append(first)
                continue
            }
            switch kind {
            case 0x65: result.append(0x1B)
            case 0x6E: result.append(0x0A)
            case 0x72: result.append(0x0D)
            case 0x74: result.append(0x09)
            case 0x62: result.append(0x08)
            case 0x78:
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                rest = rest.dropFirst(2)
                result.append(UInt8(digits, radix: 16) ?? 0x3F)
            default: result.append(kind)
            }
        }
        return result
    }

    @Test("naughty strings are shown clean, whole and as wide as they say")
    func naughtyStrings() {
        for text in OutsideCorpusTests.naughty {
            let line = SafeText.line(text)
            #expect(HostileText.isClean(line))
            #expect(text.isEmpty || !line.isEmpty)
            var canvas = Canvas(size: Size(columns: 2_000, rows: 1))
            #expect(canvas.draw(text, column: 0, row: 0, maxColumns: 4_000) == SafeText.columns(of: text))
            #expect(HostileText.isClean(canvas.textRows[0]))
            for wrapped in TextWrap.wrap(text, columns: 20) { #expect(SafeText.columns(of: wrapped) <= 20) }
        }
    }

    @Test("what would steer a terminal is shown as text")
    func sequences() {
        for bytes in OutsideCorpusTests.script("PUSH") {
            let text = SafeText.decode(bytes)
            #expect(HostileText.isClean(SafeText.line(text)))
            var canvas = Canvas(size: Size(columns: 80, rows: 1))
            canvas.draw(text, column: 0, row: 0)
            #expect(HostileText.isClean(canvas.textRows[0]))
            #expect(!canvas.ansi(depth: .mono).utf8.dropLast().contains(0x1B))
        }
    }

    @Test("what terminals answer is never taken for typing")
    func answers() {
        for bytes in OutsideCorpusTests.script("output") where bytes.first == 0x1B {
            // A report of the first cell reads like F3, and the old form of the mouse in UTF-8 isn't switched on.
            guard bytes != Array("\u{1B}[1;1R".utf8), !bytes.contains(0xC5) else { continue }
            var decoder = KeyDecoder()
            let typed = decoder.feed(bytes).filter {
                if case .key(let key) = $0 { key != Key(.tab, .shift) } else { false }
            }
            #expect(typed.isEmpty, "\(SafeText.line(SafeText.decode(bytes)))")
            #expect(decoder.timeout().isEmpty)
        }
    }

    @Test("any of it typed at a terminal gives the same events however it arrives")
    func pieces() {
        let texts = OutsideCorpusTests.naughty.map { Array($0.utf8) }
        for bytes in texts + OutsideCorpusTests.script("PUSH") + OutsideCorpusTests.script("output") {
            var whole = KeyDecoder()
            let events = whole.feed(bytes)
            for place in bytes.indices.prefix(200) {
                var halves = KeyDecoder()
                #expect(halves.feed(bytes[..<place]) + halves.feed(bytes[place...]) == events)
            }
        }
    }
}
