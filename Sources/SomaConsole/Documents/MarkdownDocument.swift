import SomaTerminal

/// Markdown as blocks: found in one pass, rendered where somebody looks.
struct MarkdownDocument: Sendable {
    /// A paragraph, heading, item, line of code or row of a table.
    struct Block: Sendable {
        enum Kind: Sendable, Hashable {
            case paragraph, blank, rule
            case heading(Int)
            /// A line below the text that belongs to the heading above.
            case underline
            case item(marker: String)
            case code(isDiff: Bool)
            case tableHead(table: Int), tableRule(table: Int), tableRow(table: Int)
        }

        var kind: Kind
        /// The lines of the text that it is made of.
        var lines: Range<Int>
        /// How many columns further right it stands, for what is inside lists.
        var indent = 0
        /// How many quotes it is in.
        var quotes = 0
    }

    let lines: TextLines
    private(set) var blocks: [Block] = []
    /// The tables' columns.
    private var tables: [MarkdownTable] = []

    init(_ lines: TextLines) {
        self.lines = lines
        var reader = MarkdownReader(lines)
        reader.read()
        blocks = reader.blocks
        tables = reader.tables
    }

    var count: Int { blocks.count }

    /// A block to be copied: the text that it is made of.
    func text(of block: Int) -> String {
        blocks[block].lines.map { lines[$0] }.joined(separator: "\n")
    }

    /// A block in lines that still have to be broken; mostly one.
    func lines(at index: Int, columns: Int) -> [DocumentLine] {
        let block = blocks[index]
        let quote = String(repeating: "▏ ", count: min(block.quotes, 6))
        let indent = String(repeating: " ", count: min(block.indent, 24))
        var before: [DocumentLine.Span] = quote.isEmpty ? [] : [.init(quote, .border)]
        if !indent.isEmpty { before.append(.init(indent)) }
        func line(_ spans: [DocumentLine.Span], hang: [DocumentLine.Span] = []) -> DocumentLine {
            DocumentLine(before + spans, hang: before + hang)
        }
        switch block.kind {
        case .blank: return [line([])]
        case .rule:
            let width = max(3, min(40, columns - quote.count - indent.count))
            return [line([.init(String(repeating: "─", count: width), .border)])]
        case .heading(let level):
            let text = source(block).drop { $0 == "#" || $0 == " " }
            let bare = text.reversed().drop { $0 == " " || $0 == "#" }.reversed()
            let spans = MarkdownInline.spans(String(bare)).map { span in
                DocumentLine.Span(
                    span.text,
                    span.role == .text ? (level <= 2 ? .title : .heading) : span.role,
                    .bold
                )
            }
            return [line(spans)]
        case .underline:
            let heading = self.lines(at: index - 1, columns: columns)[0]
            let width = min(columns, heading.spans.reduce(0) { $0 + SafeText.columns(of: $1.text) })
            return [
                line([
                    .init(String(repeating: "─", count: max(1, width - quote.count - indent.count)), .border)
                ])
            ]
        case .item(let marker):
            let text = source(block).dropFirst(marker.count).drop { $0 == " " }
            let shown = marker.first?.isNumber == true ? marker : "•"
            return [
                line(
                    [.init(shown + " ", .dim)] + MarkdownInline.spans(String(text)),
                    hang: [.init(String(repeating: " ", count: shown.count + 1))]
                )
            ]
        case .paragraph: return [line(MarkdownInline.spans(source(block)))]
        case .code(let isDiff):
            let text = lines[block.lines.lowerBound]
            let role: ThemeRole =
                !isDiff ? .code : text.hasPrefix("+") ? .added : text.hasPrefix("-") ? .removed : .code
            return [line([.init("  ")] + [.init(text, role)], hang: [.init("  ")])]
        case .tableHead(let table):
            return tables[table].head(lines[block.lines.lowerBound], columns: columns).map { line($0) }
        case .tableRule(let table): return tables[table].rule(columns: columns).map { line($0) }
        case .tableRow(let table):
            return tables[table].row(lines[block.lines.lowerBound], columns: columns).map {
                line($0, hang: [.init("  ")])
            }
        }
    }

    /// A block's text on one line, without the marks of quotes.
    private func source(_ block: Block) -> String {
        block.lines.map { number in
            var text = Substring(lines[number]).drop { $0 == " " || $0 == "\t" }
            for _ in 0..<block.quotes where text.first == ">" { text = text.dropFirst().drop { $0 == " " } }
            while text.last == " " { text.removeLast() }
            return String(text)
        }.joined(separator: " ")
    }
}

/// A table's columns and how wide they are.
struct MarkdownTable: Sendable {
    /// What stands over each column.
    let names: [String]
    private let alignsRight: [Bool]
    private var widths: [Int]

    /// How many rows are measured.
    static let measuredMax = 200
    /// The most columns that are shown.
    static let columnsMax = 40

    init(head: String, rule: String) {
        names = Self.cells(head)
        alignsRight = Self.cells(rule).map { $0.hasSuffix(":") && !$0.hasPrefix(":") }
        widths = names.map { Self.width($0) }
    }

    mutating func measure(_ row: String) {
        for (column, cell) in Self.cells(row).enumerated() where column < widths.count {
            widths[column] = max(widths[column], Self.width(cell))
        }
    }

    private static func width(_ cell: String) -> Int {
        MarkdownInline.spans(cell).reduce(0) { $0 + SafeText.columns(of: $1.text) }
    }

    private func fits(_ columns: Int) -> Bool { widths.reduce(0) { $0 + $1 + 2 } - 2 <= columns }

    func head(_ text: String, columns: Int) -> [[DocumentLine.Span]] {
        fits(columns) ? [laid(text, .heading)] : []
    }

    func rule(columns: Int) -> [[DocumentLine.Span]] {
        guard fits(columns) else { return [] }
        let dashes = widths.map { String(repeating: "─", count: max(1, $0)) }
        return [[.init(dashes.joined(separator: "  "), .border)]]
    }

    /// A row side by side, or where that is too wide each cell on a line with its name.
    func row(_ text: String, columns: Int) -> [[DocumentLine.Span]] {
        guard !fits(columns) else { return [laid(text, .text)] }
        let cells = Self.cells(text)
        let lines = zip(names, cells).filter { !$1.isEmpty }.map { name, cell in
            [DocumentLine.Span(name.isEmpty ? "" : name + ": ", .dim)] + MarkdownInline.spans(cell)
        }
        return lines + [[]]
    }

    private func laid(_ text: String, _ role: ThemeRole) -> [DocumentLine.Span] {
        let cells = Self.cells(text)
        var spans: [DocumentLine.Span] = []
        for (column, width) in widths.enumerated() {
            let cell = MarkdownInline.spans(column < cells.count ? cells[column] : "")
                .map { $0.role == .text ? DocumentLine.Span($0.text, role, $0.attributes) : $0 }
            let used = cell.reduce(0) { $0 + SafeText.columns(of: $1.text) }
            let fill = DocumentLine.Span(String(repeating: " ", count: max(0, width - used)))
            let isRight = column < alignsRight.count && alignsRight[column]
            spans += isRight ? [fill] + cell : cell + (column == widths.count - 1 ? [] : [fill])
            if column < widths.count - 1 { spans.append(.init("  ")) }
        }
        return spans.filter { !$0.text.isEmpty }
    }

    /// The cells between the bars.
    static func cells(_ line: String) -> [String] {
        var cells: [String] = []
        var cell = ""
        var isEscaped = false
        var isCode = false
        for character in line.drop(while: { $0 == " " || $0 == ">" }) {
            if isEscaped {
                if character != "|" { cell.append("\\") }
                cell.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "|", !isCode {
                cells.append(cell.trimmed)
                cell = ""
            } else {
                if character == "`" { isCode.toggle() }
                cell.append(character)
            }
            if cells.count > columnsMax { break }
        }
        if !cell.trimmed.isEmpty { cells.append(cell.trimmed) }
        if line.drop(while: { $0 == " " || $0 == ">" }).first == "|", !cells.isEmpty { cells.removeFirst() }
        return cells
    }
}

extension String {
    /// Without spaces around it.
    fileprivate var trimmed: String {
        let front = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        return String(front.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed())
    }
}
