import SomaTerminal

/// JSON as lines, a member or bracket each, that open and close.
///
/// The bytes are read once into flat rows that know where they are in the text; a row becomes text when it is looked
/// at. What nests is a range of rows, so that closing an object is skipping a range.
struct JSONDocument: Sendable {
    /// A line of the whole, unfolded text.
    struct Row: Sendable {
        enum Kind: UInt8, Sendable {
            case object, array, objectEnd, arrayEnd, string, number, literal, more, rest
        }

        var kind: Kind
        /// Whether a comma follows.
        var hasComma = false
        var depth: UInt16
        /// The name's bytes with their quotes; empty where there is none.
        var key: Range<UInt32>
        /// The value's bytes.
        var value: Range<UInt32>
        /// The row of the other bracket; of others, themselves.
        var pair: UInt32
        /// How many members or elements.
        var count: UInt32 = 0
    }

    /// The text's UTF-8.
    let bytes: [UInt8]
    /// Whether the outer braces and the quotes are left out.
    let isBare: Bool
    let rows: [Row]
    /// Rows that are closed.
    private var closed: Set<Int> = []
    /// The rows in sight; `nil` while nothing is closed.
    private var visible: [Int32]?

    /// How many lines an opened document has at most before its inner parts are closed.
    static let overviewLinesMax = 60

    /// Reads JSON, or several values one after the other.
    /// - Returns: `nil` where the text is something else. A text that is cut needs no end.
    init?(_ text: String, isBare: Bool = false, isCut: Bool = false) {
        var reader = JSONRowReader(Array(text.utf8))
        guard reader.read() || isCut && reader.rows.count > 1 else { return nil }
        if isCut { reader.closeCut() }
        bytes = reader.bytes
        let isWhole = reader.rows.count == 1 || reader.rows.last?.kind == .objectEnd
        self.isBare = isBare && reader.rows.first?.kind == .object && reader.isOneValue && isWhole
        rows = self.isBare ? Self.bared(reader.rows) : reader.rows
        closeForOverview()
    }

    var count: Int { visible?.count ?? rows.count }
    var isFoldable: Bool { rows.contains { $0.count > 0 } }

    private func row(_ line: Int) -> Int { visible.map { Int($0[line]) } ?? line }

    /// Without the outer braces.
    private static func bared(_ rows: [Row]) -> [Row] {
        rows.dropFirst().dropLast().map { row in
            var row = row
            row.depth -= 1
            row.pair = row.pair > 0 ? row.pair - 1 : 0
            return row
        }
    }

    // MARK: Lines

    func line(_ line: Int) -> DocumentLine {
        let index = row(line)
        let row = rows[index]
        let indent = min(Int(row.depth), 24) * 2
        var spans: [DocumentLine.Span] = indent > 0 ? [.init(String(repeating: " ", count: indent))] : []
        var hang = indent
        if !row.key.isEmpty {
            let name = key(row)
            spans.append(.init(name, .field))
            spans.append(.init(": ", .dim))
            if name.utf8.count < 24 { hang += SafeText.columns(of: name) + 2 }
        }
        // The comma after brackets is with the closing one.
        let hasComma = closed.contains(index) ? rows[Int(row.pair)].hasComma : row.hasComma
        let comma = hasComma && !isBare ? "," : ""
        var fold: DocumentLine.Fold?
        switch row.kind {
        case .object, .array:
            let (open, end) = row.kind == .object ? ("{", "}") : ("[", "]")
            if row.count == 0 {
                spans.append(.init(open + end + comma))
            } else if closed.contains(index) {
                fold = .closed
                spans += [
                    .init(open), .init("… \(Amounts.grouped(Int(row.count)))", .dim), .init(end + comma),
                ]
            } else {
                fold = .open
                spans.append(.init(open))
            }
        case .objectEnd: spans.append(.init("}" + comma))
        case .arrayEnd: spans.append(.init("]" + comma))
        case .string, .more: spans += [.init(value(index), .string), .init(comma)]
        case .number: spans += [.init(value(index), .number), .init(comma)]
        case .literal: spans += [.init(value(index), .number), .init(comma)]
        case .rest: spans.append(.init(value(index), .dim))
        }
        if row.kind == .string || row.kind == .more { hang += 1 }
        return DocumentLine(
            spans.filter { !$0.text.isEmpty },
            hang: [.init(String(repeating: " ", count: hang))],
            fold: fold
        )
    }

    private func key(_ row: Row) -> String {
        let text = JSONText.readable(bytes[Int(row.key.lowerBound)..<Int(row.key.upperBound)])
        return isBare ? String(text.dropFirst().dropLast()) : text
    }

    private func value(_ index: Int) -> String {
        let row = rows[index]
        var (start, end) = (Int(row.value.lowerBound), Int(row.value.upperBound))
        if isBare {
            let goesOn = index + 1 < rows.count && rows[index + 1].kind == .more
            if row.kind == .string { start += 1 }
            if row.kind == .string || row.kind == .more, !goesOn { end -= 1 }
        }
        return JSONText.readable(bytes[start..<max(start, end)])
    }

    /// A line to be copied: a closed part whole.
    func text(of line: Int) -> String {
        let index = row(line)
        let row = rows[index]
        guard closed.contains(index) else { return self.line(line).text }
        let (start, end) = (Int(row.value.lowerBound), Int(rows[Int(row.pair)].value.upperBound))
        let whole = String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
        return row.key.isEmpty ? whole : key(row) + ": " + whole
    }

    // MARK: Folding

    /// Opens or closes at a line, or closes what the line is in; the line that now stands for it.
    mutating func toggleFold(at line: Int) -> Int? {
        var index = row(line)
        if rows[index].count == 0 {
            guard let around = enclosing(index) else { return nil }
            index = around
        }
        if closed.remove(index) == nil { closed.insert(index) }
        show()
        return self.line(of: index)
    }

    mutating func setFolds(isOpen: Bool) {
        closed = []
        if !isOpen {
            let outermost = isBare ? 0 : 1
            closed = Set(rows.indices.filter { rows[$0].count > 0 && Int(rows[$0].depth) >= outermost })
        }
        show()
    }

    /// The row whose brackets a row is in.
    private func enclosing(_ index: Int) -> Int? {
        let row = rows[index]
        if row.kind == .objectEnd || row.kind == .arrayEnd { return Int(row.pair) }
        return rows[..<index].lastIndex {
            $0.count > 0 && $0.depth < row.depth && Int($0.pair) > index
        }
    }

    /// The line of a row, or of what it is folded into.
    private func line(of index: Int) -> Int {
        guard let visible else { return index }
        var (low, high) = (0, visible.count)
        while low < high {
            let middle = (low + high) / 2
            if visible[middle] <= index { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    private mutating func show() {
        guard !closed.isEmpty else {
            visible = nil
            return
        }
        var lines: [Int32] = []
        var index = 0
        while index < rows.count {
            lines.append(Int32(index))
            index = closed.contains(index) ? Int(rows[index].pair) + 1 : index + 1
        }
        visible = lines
    }

    /// Closes the inner parts of something long, so that its shape fits on a page.
    private mutating func closeForOverview() {
        guard rows.count > Self.overviewLinesMax else { return }
        var perDepth: [Int] = []
        for row in rows {
            let depth = Int(row.depth)
            while perDepth.count <= depth { perDepth.append(0) }
            perDepth[depth] += 1
        }
        var shown = 0
        var depth = 0
        while depth < perDepth.count,
            shown + perDepth[depth] <= Self.overviewLinesMax || depth <= (isBare ? 0 : 1)
        {
            shown += perDepth[depth]
            depth += 1
        }
        guard depth < perDepth.count else { return }
        closed = Set(rows.indices.filter { rows[$0].count > 0 && Int(rows[$0].depth) >= depth - 1 })
        show()
    }

    // MARK: Searching

    mutating func find(_ search: TextSearch, from line: Int, forwards: Bool) -> Int? {
        guard !rows.isEmpty, line < count, line >= 0 else { return nil }
        var index = row(line)
        // Backwards from a closed part its inside comes first.
        if !forwards, closed.contains(index) { index = Int(rows[index].pair) }
        while index >= 0, index < rows.count {
            if isHit(search, index) {
                var around = enclosing(index)
                while let open = around {
                    closed.remove(open)
                    around = enclosing(open)
                }
                show()
                return self.line(of: index)
            }
            index += forwards ? 1 : -1
        }
        return nil
    }

    private func isHit(_ search: TextSearch, _ index: Int) -> Bool {
        let row = rows[index]
        switch row.kind {
        case .objectEnd, .arrayEnd: return false
        case .object, .array: return !row.key.isEmpty && !search.ranges(in: key(row)).isEmpty
        default:
            let text = row.key.isEmpty ? value(index) : key(row) + ": " + value(index)
            return !search.ranges(in: text).isEmpty
        }
    }
}

/// JSON's texts as people read them.
enum JSONText {
    /// The text of a string with its quotes as it is written, except that escaped letters become the letters.
    static func readable(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.contains(UInt8(ascii: "\\")) else { return text }
        var result = ""
        var rest = Substring(text)
        while let slash = rest.firstIndex(of: "\\") {
            result += rest[..<slash]
            rest = rest[slash...]
            if let (character, length) = letter(rest) {
                result.append(character)
                rest = rest.dropFirst(length)
            } else {
                result += rest.prefix(2)
                rest = rest.dropFirst(2)
            }
        }
        return result + rest
    }

    /// The letter that an escape at the start stands for, and the escape's length.
    private static func letter(_ text: Substring) -> (Character, Int)? {
        guard let high = unit(text) else { return nil }
        if let scalar = Unicode.Scalar(high), scalar.value >= 0xA0 { return (Character(scalar), 6) }
        let rest = text.dropFirst(6)
        guard (0xD800..<0xDC00).contains(high), rest.first == "\\", let low = unit(rest),
            (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { return nil }
        return (Character(scalar), 12)
    }

    private static func unit(_ text: Substring) -> UInt32? {
        guard text.hasPrefix("\\u") else { return nil }
        let digits = text.dropFirst(2).prefix(4)
        return digits.utf8.count == 4 ? UInt32(digits, radix: 16) : nil
    }
}
