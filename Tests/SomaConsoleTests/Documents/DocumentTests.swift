import SomaTerminal
import Testing

@testable import SomaConsole

/// A document's rows as text.
private func shown(_ document: Document, columns: Int = 80) -> [String] {
    (0..<document.count).flatMap { document.rows(of: $0, columns: columns).map(\.text) }
}

@Suite("Documents")
struct DocumentTests {
    @Test(
        "a text is taken for what it begins like",
        arguments: [
            (#"{"a":1}"#, Document.Kind.json), ("[1,2]", .json), ("[12:01:02] started", .plain),
            ("{not json}", .plain), ("{\"a\":1", .plain), ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b", .diff),
            ("diff --git a/x b/x\nindex 1..2", .diff), ("# Title\n\nText", .markdown),
            ("| a | b |\n|---|---|\n| 1 | 2 |", .markdown), ("# a comment", .markdown),
            ("text\n# a comment\ntext", .plain), ("one\ntwo", .plain), ("", .plain),
            ("2026-03-04 12:00:01 INFO up\n2026-03-04 12:00:02 ERROR down", .log),
            ("level=warn msg=late\nlevel=info msg=ok", .log), ("{\"a\":1}\n{\"a\":2}", .json),
        ]
    )
    func kinds(text: String, kind: Document.Kind) { #expect(Document(text).kind == kind) }

    @Test("lines keep their numbers at every width, and a page costs a page")
    func lines() {
        let text = (1...200_000).map { "line \($0) with some words in it" }.joined(separator: "\n")
        let document = Document(text)
        #expect(document.count == 200_000)
        #expect(document.text(of: 77_776) == "line 77777 with some words in it")
        #expect(
            document.rows(of: 77_776, columns: 20).map(\.text) == ["line 77777 with some", "words in it"]
        )
        #expect(document.rows(of: 77_776, columns: 80).map(\.text) == ["line 77777 with some words in it"])
    }

    @Test("a line of a megabyte is cut into lines that can be looked at, and none of it is lost")
    func megabyte() {
        let text = String(repeating: "0123456789", count: 100_000) + String(repeating: "界", count: 10_000)
        let document = Document(text)
        #expect((0..<document.count).map { document.text(of: $0) }.joined() == text)
        #expect(
            (0..<document.count).allSatisfy { document.text(of: $0).utf8.count <= TextLines.lineBytesMax }
        )
        let rows = document.rows(of: 0, columns: 80)
        #expect(rows.count == 50)
        #expect(rows.allSatisfy { SafeText.columns(of: $0.text) <= 80 })
    }

    @Test(
        "what is hostile, empty or wide is shown within its width",
        arguments: [
            "", "\n\n\n", "\u{1B}[2J\u{202E}evil\u{200B}", String(repeating: "界🇯🇵", count: 60), "a\tb\tc",
            "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "\r\n\r",
            "{\"a\\u001b\":\"\\ud83d\\ude00\"}",
            "# \u{1B}[31m\n| a\u{202E} | b |\n|---|---|\n| \u{7} |", "[x](", "**", "```", "> > >",
            "@@ -1,9999999999999999999 +1 @@\n-",
        ],
        [1, 7, 40]
    )
    func hostile(text: String, columns: Int) {
        for hint in [nil, Document.Kind.plain, .log, .json, .fields, .diff, .markdown] {
            let document = Document(text, hint: hint)
            for line in 0..<document.count {
                let rows = document.rows(of: line, columns: columns)
                #expect(!rows.isEmpty)
                let widest = rows.map { SafeText.columns(of: $0.text) }.max() ?? 0
                #expect(widest <= max(columns, 2), "\(rows)")
                _ = document.text(of: line)
            }
        }
    }

    @Test("words that don't fit go to the next row, and rows after the first hang")
    func wrapping() {
        let line = DocumentLine(
            [.init("key: ", .field), .init("one two three four")],
            hang: [.init("     ")]
        )
        #expect(line.rows(columns: 14).map(\.text) == ["key: one two", "     three", "     four"])
        #expect(
            DocumentLine("aaaaaaaaaaaaaaaaaaaaaaaa").rows(columns: 10).map(\.text) == [
                "aaaaaaaaaa", "aaaaaaaaaa", "aaaa",
            ]
        )
        #expect(DocumentLine("界界界").rows(columns: 5).map(\.text) == ["界界", "界"])
    }

    @Test("what is looked for is set off where it is, whatever colours it crosses")
    func marking() {
        let line = DocumentLine([.init("ab", .field), .init("cd", .string, .bold)])
        let marked = line.marking(TextSearch("bc"), isCurrent: false)
        #expect(
            marked.spans == [
                .init("a", .field), .init("b", .match), .init("c", .match), .init("d", .string, .bold),
            ]
                || marked.spans == [.init("a", .field), .init("bc", .match), .init("d", .string, .bold)]
        )
        #expect(marked.text == "abcd")
        #expect(line.marking(TextSearch("zz"), isCurrent: true) == line)
    }
}

@Suite("Documents of JSON")
struct JSONDocumentTests {
    private static let text = #"{"a":[1,{"b":null}],"c":"x y","d":{},"e":[]}"#

    @Test("each member has a line, with commas where they belong")
    func pretty() {
        #expect(
            shown(Document(Self.text)) == [
                "{", "  \"a\": [", "    1,", "    {", "      \"b\": null", "    }", "  ],",
                "  \"c\": \"x y\",",
                "  \"d\": {},", "  \"e\": []", "}",
            ]
        )
    }

    @Test("names, texts and numbers have roles")
    func roles() {
        let document = Document(Self.text)
        #expect(
            document.rows(of: 7, columns: 80)[0].spans == [
                .init("  "), .init("\"c\"", .field), .init(": ", .dim), .init("\"x y\"", .string), .init(","),
            ]
        )
    }

    @Test("a bracket closes to its count, from any line in it, and is copied whole")
    func folding() {
        var document = Document(Self.text)
        #expect(document.toggleFold(at: 2) == 1)
        #expect(shown(document)[1] == "  \"a\": [… 2],")
        #expect(document.count == 6)
        #expect(document.text(of: 1) == #""a": [1,{"b":null}]"#)
        #expect(document.toggleFold(at: 1) == 1)
        #expect(document.count == 11)
        #expect(document.toggleFold(at: 10) == 0)
        #expect(shown(document) == ["{… 4}"])
        document.setFolds(isOpen: true)
        #expect(document.count == 11)
        document.setFolds(isOpen: false)
        #expect(
            shown(document) == [
                "{", "  \"a\": [… 2],", "  \"c\": \"x y\",", "  \"d\": {},", "  \"e\": []", "}",
            ]
        )
        var plain = Document("text")
        #expect(plain.toggleFold(at: 0) == nil)
    }

    @Test("something long opens as its outline")
    func overview() {
        let inner = (0..<50).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        let document = Document("{\"a\":{\(inner)},\"b\":{\(inner)},\"c\":1}")
        #expect(shown(document) == ["{", "  \"a\": {… 50},", "  \"b\": {… 50},", "  \"c\": 1", "}"])
    }

    @Test("what is found is opened")
    func finding() {
        let inner = (0..<50).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        var document = Document("{\"a\":{\(inner)},\"b\":{\(inner)},\"c\":1}")
        #expect(document.find(TextSearch("k49"), from: 0, forwards: true) == 51)
        #expect(document.text(of: 51) == "    \"k49\": 49")
        #expect(document.find(TextSearch("k49"), from: 52, forwards: true) == 103)
        #expect(document.find(TextSearch("k49"), from: 102, forwards: false) == 51)
        #expect(document.find(TextSearch("none"), from: 0, forwards: true) == nil)
    }

    @Test("arguments are said without braces and quotes")
    func fields() {
        let document = Document(#"{"command":"git log","n":3,"in":{"dir":"."}}"#, hint: .fields)
        #expect(shown(document) == ["command: git log", "n: 3", "in: {", "  dir: .", "}"])
        #expect(shown(Document("{}", hint: .fields)).isEmpty)
        #expect(shown(Document("[1]", hint: .fields)) == ["[", "  1", "]"])
    }

    @Test("letters that are written as numbers are letters, controls stay as they are written")
    func escapes() {
        #expect(
            shown(Document(#"["\u6771\u4eac \ud83d\ude00 \u001b \n \"q\" \ud800"]"#))[1]
                == #"  "東京 😀 \u001b \n \"q\" \ud800""#
        )
    }

    @Test("a text that was cut is shown as far as it goes")
    func cut() {
        let document = Document(#"{"a":[1,2,{"b":"lo"#, isCut: true)
        #expect(document.kind == .json)
        #expect(shown(document) == ["{", "  \"a\": [", "    1,", "    2,", "    {", "      \"lo"])
    }

    @Test("a thousand nested brackets, and some megabytes, do no harm")
    func huge() {
        #expect(
            Document(String(repeating: "[", count: 1_000) + String(repeating: "]", count: 1_000)).kind
                == .plain
        )
        let element = #"{"name":"something","value":12345.678,"list":[1,2,3]},"#
        let text = "[" + String(repeating: element, count: 40_000) + "0]"
        let document = Document(text)
        #expect(document.kind == .json)
        #expect(document.count > 0)
        #expect(document.rows(of: document.count - 1, columns: 80).count >= 1)
    }

    @Test("a long text in it goes on in rows that can be looked at")
    func longString() {
        let document = Document("{\"a\":\"" + String(repeating: "x", count: 10_000) + "\",\"b\":1}")
        #expect(document.count == 6)
        #expect(document.text(of: 4) == "  \"b\": 1")
        #expect(document.text(of: 3).hasSuffix("x\","))
    }
}

@Suite("Documents of changes")
struct DiffDocumentTests {
    private static let text = """
        diff --git a/notes.txt b/notes.txt
        --- a/notes.txt
        +++ b/notes.txt
        @@ -1,4 +1,4 @@ heading
         same
        -the first of teh notes
        +the first of the notes
        --- not a heading
        +++ not one either
         end
        """

    @Test("lines have the role of what they do, by the counts of their hunk")
    func roles() {
        let document = Document(Self.text)
        let roles = (0..<document.count).map { document.rows(of: $0, columns: 80)[0].spans[0].role }
        #expect(roles == [.title, .title, .title, .info, .text, .removed, .added, .removed, .added, .text])
        #expect(document.changes == DiffCounts(files: 1, added: 2, removed: 2))
    }

    @Test("the words that changed are set off, where most of the line is the same")
    func words() {
        let document = Document(Self.text)
        #expect(
            document.rows(of: 5, columns: 80)[0].spans == [
                .init("-the first of ", .removed), .init("teh", .removed, .reverse),
                .init(" notes", .removed),
            ]
        )
        #expect(document.rows(of: 6, columns: 80)[0].spans[1] == .init("the", .added, .reverse))
        let other = Document("--- a\n+++ b\n@@ -1 +1 @@\n-abc\n+xyz")
        #expect(other.rows(of: 3, columns: 80)[0].spans == [.init("-abc", .removed)])
    }
}

@Suite("Documents of Markdown")
struct MarkdownDocumentTests {
    private static let text = """
        # Report of **p95**
        It stepped from 210
        to 430 ms, see [the log](deploy.log) and `pool_size`.

        ## Causes
        - pool size, *probably*
          - nested item that is long enough to be broken
        1. first
        > quoted
        > text

        | name | ms |
        |:-----|---:|
        | old  | 210 |
        | new  | 1430 |

        ```diff
        -pool 20
        +pool 5
        ```
        ---
        """

    @Test("blocks are rendered at the width that there is")
    func wide() {
        #expect(
            shown(Document(Self.text), columns: 44) == [
                "Report of p95", "─────────────", "It stepped from 210 to 430 ms, see the log",
                "(deploy.log) and pool_size.",
                "", "Causes", "• pool size, probably", "  • nested item that is long enough to be",
                "    broken", "1. first", "▏ quoted text", "", "name    ms", "────  ────", "old    210",
                "new   1430",
                "", "  -pool 20", "  +pool 5", "────────────────────────────────────────",
            ]
        )
    }

    @Test("a table that is too wide is told cell by cell")
    func narrow() {
        let text = "| name | reason |\n|---|---|\n| pool | it was made smaller on tuesday |"
        #expect(
            shown(Document(text), columns: 20) == [
                "", "", "name: pool", "reason: it was made", "  smaller on tuesday", "",
            ]
        )
    }

    @Test("emphasis, code and links have styles; links show where they lead")
    func inline() {
        #expect(
            MarkdownInline.spans("a **b *c*** `d` [e](http://x) <https://y> snake_case_name \\*z") == [
                .init("a "), .init("b ", .text, .bold), .init("c", .text, [.bold, .italic]), .init(" "),
                .init("d", .code),
                .init(" "), .init("e", .link), .init(" (http://x)", .dim), .init(" "),
                .init("https://y", .link),
                .init(" snake_case_name *z"),
            ]
        )
    }

    @Test("what is copied is what was written")
    func copying() {
        let document = Document(Self.text)
        #expect(document.text(of: 0) == "# Report of **p95**")
        #expect(
            document.text(of: 2)
                == "It stepped from 210\nto 430 ms, see [the log](deploy.log) and `pool_size`."
        )
    }
}
