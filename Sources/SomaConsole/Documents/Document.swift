package import SomaTerminal

/// Any text as lines that can be shown: read once, styled and broken only where somebody looks.
///
/// A value without a width or a theme: rows are asked for by line and width, so ten megabytes cost one pass to find
/// the lines and then as much as a page. A line keeps its number whatever the width, so that a place in a document
/// stays where it is when the terminal changes its size. Only folding changes the numbers.
package struct Document: Sendable {
    /// What a text is taken for.
    package enum Kind: Sendable, Hashable {
        /// Lines as they are.
        case plain
        /// Lines with a time or a level in front.
        case log
        /// JSON, one member a line, foldable.
        case json
        /// JSON without outer braces and quotes: the arguments of a call.
        case fields
        /// A change in the unified format.
        case diff
        /// Markdown.
        case markdown
    }

    private enum Body: Sendable {
        case text(TextDocument)
        case json(JSONDocument)
        case markdown(MarkdownDocument)
        case lines([DocumentLine])
    }

    /// What the text was taken for.
    package let kind: Kind
    private var body: Body
    /// Whether the text goes on where it ends here.
    private let isCut: Bool

    /// Reads a text.
    /// - Parameters:
    ///   - text: Anything.
    ///   - hint: What it probably is; JSON that isn't is shown as it is.
    ///   - isCut: Whether the text goes on where it ends here: JSON needs no end then.
    package init(_ text: String, hint: Kind? = nil, isCut: Bool = false) {
        self.isCut = isCut
        switch hint ?? DocumentKind.guess(text) {
        case .json, .fields:
            if let json = JSONDocument(text, isBare: hint == .fields, isCut: isCut) {
                kind = hint == .fields ? .fields : .json
                body = .json(json)
            } else {
                kind = .plain
                body = .text(TextDocument(TextLines(text), style: .plain))
            }
        case .markdown:
            kind = .markdown
            body = .markdown(MarkdownDocument(TextLines(text)))
        case .diff:
            kind = .diff
            body = .text(TextDocument(TextLines(text), style: .diff))
        case .log:
            kind = .log
            body = .text(TextDocument(TextLines(text), style: .log))
        case .plain:
            kind = .plain
            body = .text(TextDocument(TextLines(text), style: .plain))
        }
    }

    /// Takes lines that were made elsewhere.
    package init(lines: [DocumentLine]) {
        isCut = false
        kind = .plain
        body = .lines(lines)
    }

    /// Takes lines that begin with `+`, `-` or a space as a change without a heading.
    package init(changes text: String) {
        isCut = false
        kind = .diff
        body = .text(TextDocument(TextLines(text), style: .changes))
    }

    /// How many lines there are with what is folded away.
    package var count: Int {
        switch body {
        case .text(let text): text.count
        case .json(let json): json.count
        case .markdown(let markdown): markdown.count
        case .lines(let lines): lines.count
        }
    }

    /// The text's size in bytes.
    package var size: Int {
        switch body {
        case .text(let text): text.lines.bytes.count
        case .json(let json): json.bytes.count
        case .markdown(let markdown): markdown.lines.bytes.count
        case .lines(let lines): lines.reduce(0) { $0 + $1.text.utf8.count }
        }
    }

    /// A line broken to a width: at least one row.
    package func rows(of line: Int, columns: Int) -> [DocumentLine] {
        rows(of: line, columns: columns, marking: nil, isCurrent: false)
    }

    /// A line broken to a width, with the places of a search set off.
    package func rows(
        of line: Int,
        columns: Int,
        marking search: TextSearch?,
        isCurrent: Bool
    ) -> [DocumentLine] {
        let endsCut = isCut && line == count - 1
        let rows = lines(at: line, columns: columns).flatMap { line in
            let line = line.linking(isCut: endsCut)
            return (search.map { line.marking($0, isCurrent: isCurrent) } ?? line).rows(columns: columns)
        }
        return rows.isEmpty ? [DocumentLine("")] : rows
    }

    private func lines(at line: Int, columns: Int) -> [DocumentLine] {
        switch body {
        case .text(let text): [text.line(line)]
        case .json(let json): [json.line(line)]
        case .markdown(let markdown): markdown.lines(at: line, columns: columns)
        case .lines(let lines): [lines[line]]
        }
    }

    /// A line as it is to be copied: what was written, without what was drawn around it.
    package func text(of line: Int) -> String {
        switch body {
        case .text(let text): text.lines[line]
        case .json(let json): json.text(of: line)
        case .markdown(let markdown): markdown.text(of: line)
        case .lines(let lines): lines[line].text
        }
    }

    // MARK: Folding

    /// Opens or closes what can be folded at a line, or what the line is in. Returns the line that now stands for
    /// it; `nil` where there is nothing to fold.
    package mutating func toggleFold(at line: Int) -> Int? {
        guard case .json(var json) = body else { return nil }
        defer { body = .json(json) }
        return json.toggleFold(at: line)
    }

    /// Opens everything, or closes all but the outermost.
    package mutating func setFolds(isOpen: Bool) {
        guard case .json(var json) = body else { return }
        json.setFolds(isOpen: isOpen)
        body = .json(json)
    }

    /// Whether anything can be folded.
    package var isFoldable: Bool {
        if case .json(let json) = body { return json.isFoldable }
        return false
    }

    // MARK: Searching

    /// The nearest line with a hit from a line on; what is folded over it is opened.
    /// - Parameters:
    ///   - search: What to look for.
    ///   - line: Where to begin: the first line looked at.
    ///   - forwards: The direction.
    package mutating func find(_ search: TextSearch, from line: Int, forwards: Bool) -> Int? {
        if case .json(var json) = body {
            guard let found = json.find(search, from: line, forwards: forwards) else { return nil }
            body = .json(json)
            return found
        }
        var line = line
        while line >= 0, line < count {
            if !search.ranges(in: text(of: line)).isEmpty { return line }
            line += forwards ? 1 : -1
        }
        return nil
    }

    /// What a change changes, in words: `2 files, +12 −3`; `nil` for other texts.
    package var changes: DiffCounts? {
        if case .text(let text) = body, kind == .diff { return text.changes }
        return nil
    }
}
