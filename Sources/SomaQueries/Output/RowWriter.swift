package import SomaCore

/// Rows as CSV, JSON or NDJSON, one at a time.
///
/// ```swift
/// var writer = RowWriter(.csv, columns: ["run", "usd"])
/// out(writer.begin())
/// for row in rows { out(writer.row(row)) }
/// out(writer.end())
/// ```
package struct RowWriter: Sendable {
    /// How rows are written.
    package enum Format: String, Sendable, Hashable, CaseIterable {
        /// RFC 4180: CRLF, quotes doubled, a header. NULL is an empty cell, an empty text is `""`. A text that a
        /// spreadsheet would run as a formula begins with an apostrophe.
        case csv
        /// One array of objects.
        case json
        /// One object a line.
        case ndjson
    }

    private let format: Format
    private let columns: [String]
    private let keys: [[UInt8]]
    private var rows = 0

    /// - Parameter columns: The names of the columns. In JSON, a name that comes again gets a number: `n`, `n_2`.
    package init(_ format: Format, columns: [String]) {
        self.format = format
        self.columns = columns
        var seen: Set<String> = []
        keys = columns.map { name in
            var unique = name
            var number = 2
            while !seen.insert(unique).inserted {
                unique = "\(name)_\(number)"
                number += 1
            }
            return JSON.string(unique).bytes()
        }
    }

    /// What comes before the first row.
    package func begin() -> [UInt8] {
        switch format {
        case .csv: Self.line(columns.map { SQLCell.text($0) })
        case .json: [UInt8(ascii: "[")]
        case .ndjson: []
        }
    }

    /// One row, as many cells as there are columns.
    package mutating func row(_ cells: [SQLCell]) -> [UInt8] {
        defer { rows += 1 }
        switch format {
        case .csv: return Self.line(cells)
        case .json: return (rows == 0 ? [0x0A] : [UInt8(ascii: ","), 0x0A]) + object(cells)
        case .ndjson: return object(cells) + [0x0A]
        }
    }

    /// What comes after the last row.
    package func end() -> [UInt8] {
        format == .json ? (rows == 0 ? [] : [0x0A]) + [UInt8(ascii: "]"), 0x0A] : []
    }

    private func object(_ cells: [SQLCell]) -> [UInt8] {
        var output: [UInt8] = [UInt8(ascii: "{")]
        for (index, (key, cell)) in zip(keys, cells).enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output += key
            output.append(UInt8(ascii: ":"))
            output += cell.json.bytes()
        }
        output.append(UInt8(ascii: "}"))
        return output
    }

    // MARK: CSV

    private static func line(_ cells: [SQLCell]) -> [UInt8] {
        var output: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            switch cell {
            case .null: break
            case .int, .real: output += cell.text.utf8
            case .text(let text): field(text, to: &output)
            case .blob: output += cell.text.utf8
            }
        }
        // A line of one empty cell would be an empty line, which readers pass over.
        if cells.count == 1, output.isEmpty { output += "\"\"".utf8 }
        return output + [0x0D, 0x0A]
    }

    private static func field(_ text: String, to output: inout [UInt8]) {
        let isFormula = startsFormula(text)
        let needsQuotes =
            isFormula || text.isEmpty || text.utf8.first == 0x20 || text.utf8.last == 0x20
            || text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D, 0x3B, 0x09].contains($0) }
        guard needsQuotes else {
            output += text.utf8
            return
        }
        output.append(0x22)
        if isFormula { output.append(UInt8(ascii: "'")) }
        for byte in text.utf8 {
            if byte == 0x22 { output.append(0x22) }
            output.append(byte)
        }
        output.append(0x22)
    }

    /// Whether a spreadsheet would take a text for a formula: by its first sign (also in full width), or by the first one
    /// behind blanks and breaks that it leaves out.
    private static func startsFormula(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        if ["\t", "\r", "\n"].contains(first) { return true }
        let visible = text.unicodeScalars.first {
            !$0.properties.isWhitespace && $0 != "\u{FEFF}" && $0 != "\0"
        }
        guard let visible else { return false }
        return ["=", "+", "-", "@", "＝", "＋", "－", "＠"].contains(visible)
    }
}

extension SQLCell {
    /// The value as JSON; bytes are `x'…'`, and what is no number is null.
    package var json: JSON {
        switch self {
        case .null: .null
        case .int(let value): .int(value)
        case .real(let value): value.isFinite ? .double(value) : .null
        case .text(let value): .string(value)
        case .blob: .string(text)
        }
    }

    /// The cell of a leaf of JSON; objects and arrays become their text.
    package init(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .int(value ? 1 : 0)
        case .int(let value): self = .int(value)
        case .double(let value): self = .real(value)
        case .string(let value): self = .text(value)
        case .array, .object: self = .text(json.text())
        }
    }
}
