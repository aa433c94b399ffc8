import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Links in documents")
struct DocumentLinkTests {
    /// The parts of a document that are links, each with its address.
    private func links(_ document: Document, columns: Int = 80, marking search: TextSearch? = nil)
        -> [[String]]
    {
        (0..<document.count).flatMap { line in
            document.rows(of: line, columns: columns, marking: search, isCurrent: false).flatMap { row in
                row.spans.compactMap { span in span.address.map { [span.text, $0] } }
            }
        }
    }

    @Test(
        "are the addresses that are in sight, in every kind of text",
        arguments: [
            ("see https://a.b/c.", Document.Kind.plain), (#"{"url":"https://a.b/c","n":[1,2]}"#, .json),
            (#"{"url":"https://a.b/c"}"#, .fields), ("# Title\n\n[words](https://a.b/c) and more", .markdown),
            ("# Title\n\n| a | b |\n|---|---|\n| 1 | https://a.b/c |", .markdown),
            ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-http\n+https://a.b/c", .diff),
            ("12:00:01 INFO got https://a.b/c", .log),
        ]
    )
    func kinds(text: String, kind: Document.Kind) {
        #expect(links(Document(text, hint: kind)) == [["https://a.b/c", "https://a.b/c"]])
    }

    @Test("broken over rows or set off by a search, each part leads to the whole")
    func parts() {
        let address = "https://a.b/a/rather/long/way"
        let document = Document("go to \(address) now", hint: .plain)
        let broken = links(document, columns: 20)
        #expect(broken.count > 1 && broken.map { $0[0] }.joined() == address)
        #expect(broken.allSatisfy { $0[1] == address })
        let marked = links(document, marking: TextSearch("long"))
        #expect(marked.map { $0[0] } == ["https://a.b/a/rather/", "long", "/way"])
        #expect(marked.allSatisfy { $0[1] == address })
        // Words that changed in an address are parts of it.
        let changed = Document(changes: "-https://a.b/old/x\n+https://a.b/new/x")
        #expect(Set(links(changed).map { $0[1] }) == ["https://a.b/old/x", "https://a.b/new/x"])
    }

    @Test("are none where the address may go on out of sight")
    func cut() {
        #expect(links(Document("at https://a.b/c", hint: .plain, isCut: true)) == [])
        #expect(links(Document("at https://a.b/c d", hint: .plain, isCut: true)).count == 1)
        let long = "https://a.b/" + String(repeating: "x", count: 1_900)
        #expect(links(Document(long + " y", hint: .plain), columns: 4_000).count == 1)
        #expect(links(Document(String(repeating: "y", count: 3_000) + " " + long, hint: .plain)) == [])
        let shown = Document(
            "# T\n\n[words](https://a.b/\(String(repeating: "x", count: 300)))",
            hint: .markdown
        )
        #expect(links(shown) == [])
        #expect(shown.rows(of: 3, columns: 400)[0].text.hasSuffix("x…)"))
        #expect(links(Document("# T\n\n[bank](https://bank.com@evil.com/)", hint: .markdown)) == [])
    }

    @Test("change neither what a frame shows nor what is copied", arguments: 0..<60)
    func same(seed: UInt64) {
        var random = SeededGenerator(seed &+ 23)
        let parts = [
            "https://a.b/", "http://c.d/?e", " ", "wörd", "界", "\t", "\u{202E}", "@", "**", "[x](", ")", "`",
            "\u{1B}[1m",
        ]
        let text = (0..<20).map { _ in (0..<9).map { _ in random.pick(parts) }.joined() }.joined(
            separator: "\n"
        )
        let kinds: [Document.Kind] = [.plain, .markdown, .diff, .log]
        let document = Document(text, hint: kinds[Int(seed) % 4])
        let columns = Int.random(in: 1...60, using: &random)
        for line in 0..<document.count {
            for row in document.rows(of: line, columns: columns) {
                var plain = row
                plain.spans = row.spans.map { .init($0.text, $0.role, $0.attributes) }
                let size = Size(columns: columns, rows: 1)
                var (with, without) = (Canvas(size: size), Canvas(size: size))
                with.draw(row.styled(.dark), column: 0, row: 0)
                without.draw(plain.styled(.dark), column: 0, row: 0)
                #expect(with.damage(from: without).isEmpty && without.links.isEmpty)
                #expect(with.ansi(depth: .truecolor) == without.ansi(depth: .truecolor))
                for link in with.links { #expect(link.address.hasPrefix("http")) }
            }
            #expect(!document.text(of: line).contains("]8;"))
        }
    }
}
