/// Finds the blocks of Markdown, line by line.
struct MarkdownReader {
    private typealias Block = MarkdownDocument.Block

    private let lines: TextLines
    private(set) var blocks: [MarkdownDocument.Block] = []
    private(set) var tables: [MarkdownTable] = []
    /// The fence that is open: its character, length and whether it holds a change.
    private var fence: (mark: Character, length: Int, isDiff: Bool)?
    /// The table that is open, and how many of its rows were measured.
    private var table: (index: Int, measured: Int)?
    /// Whether the next line may go on in the paragraph or item above.
    private var isOpen = false

    /// The most lines that one paragraph joins.
    private static let joinedMax = 200

    init(_ lines: TextLines) { self.lines = lines }

    mutating func read() {
        for line in 0..<lines.count { read(line) }
        while blocks.last?.kind == .blank { blocks.removeLast() }
    }

    private mutating func read(_ line: Int) {
        var text = lines.prefix(of: line, 400)
        let indent = min(24, text.prefix { $0 == " " || $0 == "\t" }.reduce(0) { $0 + ($1 == "\t" ? 4 : 1) })
        text = text.drop { $0 == " " || $0 == "\t" }
        if readFence(line, text, indent) { return }
        var quotes = 0
        while text.first == ">", quotes < 12 {
            quotes += 1
            text = text.dropFirst().drop { $0 == " " }
        }
        while text.last == " " || text.last == "\r" { text.removeLast() }
        if readTable(line, text) { return }
        if text.isEmpty { return add(.blank, line, quotes: quotes) }
        let marks = text.prefix { $0 == "#" }.count
        if (1...6).contains(marks), text.count == marks || text.dropFirst(marks).first == " " {
            separate()
            add(.heading(marks), line, quotes: quotes)
            if marks == 1 { add(.underline, line..<line, quotes: quotes) }
            return
        }
        if Self.isRule(text) { return add(.rule, line, quotes: quotes) }
        if let marker = Self.marker(text) {
            add(.item(marker: marker), line, indent: indent, quotes: quotes)
            isOpen = true
            return
        }
        if isOpen, let last = blocks.last, last.quotes == quotes, last.lines.count < Self.joinedMax {
            blocks[blocks.count - 1].lines = last.lines.lowerBound..<(line + 1)
            return
        }
        add(.paragraph, line, indent: quotes > 0 ? 0 : insideIndent(indent), quotes: quotes)
        isOpen = true
    }

    private mutating func add(
        _ kind: MarkdownDocument.Block.Kind,
        _ line: Int,
        indent: Int = 0,
        quotes: Int = 0
    ) {
        add(kind, line..<(line + 1), indent: indent, quotes: quotes)
    }

    private mutating func add(
        _ kind: MarkdownDocument.Block.Kind,
        _ lines: Range<Int>,
        indent: Int = 0,
        quotes: Int = 0
    ) {
        isOpen = false
        // Several empty lines are one.
        if kind == .blank, blocks.isEmpty || blocks.last?.kind == .blank { return }
        blocks.append(Block(kind: kind, lines: lines, indent: indent, quotes: quotes))
    }

    /// Air over a heading.
    private mutating func separate() {
        guard let last = blocks.last, last.kind != .blank else { return }
        add(.blank, last.lines.upperBound..<last.lines.upperBound)
    }

    /// A paragraph below an item belongs to the item where it is indented.
    private func insideIndent(_ indent: Int) -> Int {
        guard indent >= 2, let item = blocks.last(where: { $0.kind != .blank }) else { return 0 }
        if case .item(let marker) = item.kind { return item.indent + marker.count + 1 }
        return item.indent
    }

    private mutating func readFence(_ line: Int, _ text: Substring, _ indent: Int) -> Bool {
        let mark = text.first ?? " "
        let length = mark == "`" || mark == "~" ? text.prefix { $0 == mark }.count : 0
        if let fence {
            let isEnd =
                mark == fence.mark && length >= fence.length
                && text.dropFirst(length).allSatisfy { $0 == " " || $0 == "\r" }
            if isEnd {
                self.fence = nil
            } else {
                add(.code(isDiff: fence.isDiff), line)
            }
            return true
        }
        guard length >= 3 else { return false }
        isOpen = false
        let language = text.dropFirst(length).prefix { !$0.isWhitespace }
        fence = (mark, length, language == "diff" || language == "patch")
        return true
    }

    private mutating func readTable(_ line: Int, _ text: Substring) -> Bool {
        if let open = table {
            guard text.contains("|") else {
                table = nil
                return false
            }
            add(.tableRow(table: open.index), line)
            if open.measured < MarkdownTable.measuredMax {
                tables[open.index].measure(lines[line])
                table?.measured += 1
            }
            return true
        }
        let isRule = text.contains("-") && text.contains("|") && text.allSatisfy { "|-: ".contains($0) }
        guard isRule, let head = blocks.last, head.kind == .paragraph,
            lines.prefix(of: head.lines.upperBound - 1, 400).contains("|")
        else { return false }
        // The paragraph's last line was the table's head.
        let number = head.lines.upperBound - 1
        if head.lines.count == 1 {
            blocks.removeLast()
        } else {
            blocks[blocks.count - 1].lines = head.lines.dropLast()
        }
        tables.append(MarkdownTable(head: lines[number], rule: String(text)))
        table = (tables.count - 1, 0)
        add(.tableHead(table: tables.count - 1), number)
        add(.tableRule(table: tables.count - 1), line)
        return true
    }

    private static func isRule(_ text: Substring) -> Bool {
        guard let mark = text.first, mark == "-" || mark == "*" || mark == "_" else { return false }
        return text.allSatisfy { $0 == mark || $0 == " " } && text.count { $0 == mark } >= 3
    }

    /// The bullet or number that begins an item.
    private static func marker(_ text: Substring) -> String? {
        guard let first = text.first else { return nil }
        if first == "-" || first == "*" || first == "+" {
            return text.dropFirst().first == " " ? String(first) : nil
        }
        let digits = text.prefix { $0.isNumber && $0.isASCII }
        guard (1...9).contains(digits.count) else { return nil }
        let rest = text.dropFirst(digits.count)
        guard rest.first == "." || rest.first == ")", rest.dropFirst().first == " " else { return nil }
        return String(digits) + String(rest.prefix(1))
    }
}
