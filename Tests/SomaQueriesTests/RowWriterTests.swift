import SomaCore
import SomaQueries
import Testing

@Suite("Rows as CSV and JSON")
struct RowWriterTests {
    private static func text(_ format: RowWriter.Format, _ columns: [String], _ rows: [[SQLCell]]) -> String {
        var writer = RowWriter(format, columns: columns)
        var output = writer.begin()
        for row in rows { output += writer.row(row) }
        return String(decoding: output + writer.end(), as: UTF8.self)
    }

    @Test(
        "a cell of CSV is quoted where it must be, and no spreadsheet runs it",
        arguments: [
            (.text("plain"), "plain"), (.text("a,b"), "\"a,b\""), (.text("a\"b"), "\"a\"\"b\""),
            (.text("a\r\nb"), "\"a\r\nb\""), (.text(""), "\"\""), (.null, ""), (.int(-5), "-5"),
            (.real(-0.5), "-0.5"), (.text("=1+1"), "\"'=1+1\""), (.text("+1"), "\"'+1\""),
            (.text("-1"), "\"'-1\""),
            (.text("@SUM(A1)"), "\"'@SUM(A1)\""), (.text("\t=1"), "\"'\t=1\""), (.text("\rx"), "\"'\rx\""),
            (.text(" =1"), "\"' =1\""), (.text("\u{FEFF}=1"), "\"'\u{FEFF}=1\""), (.text("＝1"), "\"'＝1\""),
            (.text("\"=1"), "\"\"\"=1\""), (.text("a=1"), "a=1"), (.text("x;y"), "\"x;y\""),
            (.blob([0, 255]), "x'00ff'"), (.text("漢"), "漢"),
        ] as [(SQLCell, String)]
    )
    func cell(cell: SQLCell, expected: String) {
        #expect(Self.text(.csv, ["a", "b"], [[cell, .int(1)]]) == "a,b\r\n\(expected),1\r\n")
    }

    @Test("a reader of RFC 4180 gets back what was written, but for the apostrophe")
    func roundTrip() {
        let words = ["", "a", "\"", ",", "a\r\nb\r", "é漢🧭", "a\nb", "\"\",\"", " x ", "\0"]
        let rows = words.map { [SQLCell.text($0), .text("end")] }
        let text = Self.text(.csv, ["w", "e"], rows)
        #expect(CSVReader.read(text) == [["w", "e"]] + words.map { [$0, "end"] })
    }

    @Test("one empty cell is no empty line")
    func empty() {
        #expect(Self.text(.csv, ["a"], [[.null]]) == "a\r\n\"\"\r\n")
        #expect(Self.text(.csv, ["=a"], []) == "\"'=a\"\r\n")
    }

    @Test("JSON is one array, NDJSON an object a line; names that come again get a number")
    func json() throws {
        let rows: [[SQLCell]] = [[.int(1), .null], [.text("x\n\u{1B}"), .real(.infinity)]]
        let array = Self.text(.json, ["n", "n"], rows)
        #expect(
            try JSON.parse(Array(array.utf8)) == [["n": 1, "n_2": nil], ["n": "x\n\u{1B}", "n_2": nil]]
        )
        #expect(Self.text(.json, ["n"], []) == "[]\n")
        let lines = Self.text(.ndjson, ["n", "n"], rows)
        #expect(lines.split(separator: "\n").count == 2)
        #expect(!lines.contains("\u{1B}"))
    }
}

/// Reads CSV as RFC 4180 has it: for comparing.
enum CSVReader {
    static func read(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            switch byte {
            case 0x22 where isQuoted && bytes.first == 0x22:
                field.append(0x22)
                bytes = bytes.dropFirst()
            case 0x22: isQuoted.toggle()
            case 0x2C where !isQuoted:
                row.append(String(decoding: field, as: UTF8.self))
                field = []
            case 0x0D where !isQuoted && bytes.first == 0x0A:
                bytes = bytes.dropFirst()
                rows.append(row + [String(decoding: field, as: UTF8.self)])
                (row, field) = ([], [])
            default: field.append(byte)
            }
        }
        return rows
    }
}
