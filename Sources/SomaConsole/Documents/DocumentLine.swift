package import SomaTerminal

/// A line of a document before it is broken to a width.
package struct DocumentLine: Sendable, Hashable {
    /// A part of a line that looks one way.
    package struct Span: Sendable, Hashable {
        /// The text; neutralised when it is drawn.
        package var text: String
        /// What it is, for its colour.
        package var role: ThemeRole
        /// How it is set off beside its colour.
        package var attributes: Attributes
        /// The address of the web that it is, or is a part of.
        package var address: String?

        package init(_ text: String, _ role: ThemeRole = .text, _ attributes: Attributes = []) {
            self.text = text
            self.role = role
            self.attributes = attributes
        }
    }

    /// The parts from left to right.
    package var spans: [Span]
    /// What every row but the first begins with.
    package var hang: [Span]
    /// Whether it can be folded, and whether it is.
    package var fold: Fold?

    /// What can be opened and closed at a line.
    package enum Fold: Sendable, Hashable { case open, closed }

    package init(_ spans: [Span], hang: [Span] = [], fold: Fold? = nil) {
        self.spans = spans
        self.hang = hang
        self.fold = fold
    }

    package init(_ text: String, _ role: ThemeRole = .text, _ attributes: Attributes = []) {
        self.init([Span(text, role, attributes)])
    }

    /// The text without styles.
    package var text: String { spans.map(\.text).joined() }

    /// The line in a theme's styles.
    func styled(_ theme: Theme) -> StyledLine {
        StyledLine(
            spans.map { .init($0.text, theme[$0.role].adding($0.attributes), address: $0.address) }
        )
    }

    /// The line broken into rows of at most `columns`, tabs widened.
    package func rows(columns: Int) -> [DocumentLine] {
        guard columns > 0 else { return [] }
        let hangColumns = hang.reduce(0) { $0 + SafeText.columns(of: $1.text) }
        // On a narrow screen the text matters more than where it begins.
        let hang = hangColumns * 2 > columns ? [] : self.hang
        return LineBreaker(spans: spans, hang: hang, columns: columns).rows().map {
            DocumentLine($0, fold: fold)
        }
    }

    /// The line with the places of a search set off.
    package func marking(_ search: TextSearch, isCurrent: Bool) -> DocumentLine {
        let hits = search.ranges(in: text)
        guard !hits.isEmpty else { return self }
        var marked: [Span] = []
        var offset = 0
        var next = 0
        for span in spans {
            var piece = span
            piece.text = ""
            for character in span.text {
                while next < hits.count, hits[next].upperBound <= offset { next += 1 }
                let isHit = next < hits.count && hits[next].contains(offset)
                let role = isHit ? (isCurrent ? ThemeRole.matchCurrent : .match) : span.role
                if role != piece.role, !piece.text.isEmpty {
                    marked.append(piece)
                    piece.text = ""
                }
                piece.role = role
                piece.attributes = isHit ? [] : span.attributes
                piece.text.append(character)
                offset += 1
            }
            if !piece.text.isEmpty { marked.append(piece) }
        }
        var line = self
        line.spans = marked
        return line
    }
}

/// Breaks spans into rows at spaces where there are any, and at the edge where there are none.
struct LineBreaker {
    private let spans: [DocumentLine.Span]
    private let hang: [DocumentLine.Span]
    private let columns: Int
    private let hangColumns: Int

    init(spans: [DocumentLine.Span], hang: [DocumentLine.Span], columns: Int) {
        self.spans = spans.map { span in
            guard span.text.utf8.contains(where: { $0 == 9 || $0 == 10 }) else { return span }
            return .init(SafeText.lines(span.text).joined(separator: " "), span.role, span.attributes)
        }
        self.hang = hang
        self.columns = columns
        hangColumns = hang.reduce(0) { $0 + SafeText.columns(of: $1.text) }
    }

    /// A cluster with its width, as it will be drawn.
    private struct Piece {
        var text: Character
        var columns: Int
        var span: Int
    }

    func rows() -> [[DocumentLine.Span]] {
        if spans.reduce(0, { $0 + SafeText.columns(of: $1.text) }) <= columns { return [spans] }
        var rows: [[DocumentLine.Span]] = []
        var row: [Piece] = []
        var used = 0
        var room = columns
        var breakAt: Int?
        func finish(_ pieces: ArraySlice<Piece>) {
            rows.append((rows.isEmpty ? [] : hang) + joined(pieces))
            room = columns - hangColumns
        }
        for (index, span) in spans.enumerated() {
            for cluster in SafeText.line(span.text) {
                let width = max(1, TextWidth.columns(of: cluster))
                if used + width > room, !row.isEmpty {
                    if cluster == " " {
                        finish(row[...])
                        (row, used, breakAt) = ([], 0, nil)
                        continue
                    }
                    // A word that alone is wider than half a row is broken where the row ends.
                    let moved = breakAt.map { row[($0 + 1)...].reduce(width) { $0 + $1.columns } } ?? 0
                    if let place = breakAt, row.count - place < max(8, room / 2),
                        moved <= columns - hangColumns
                    {
                        finish(row[..<place])
                        row.removeSubrange(..<place)
                        if row.first?.text == " " { row.removeFirst() }
                    } else {
                        finish(row[...])
                        row = []
                    }
                    used = row.reduce(0) { $0 + $1.columns }
                    breakAt = nil
                }
                if cluster == " ", row.contains(where: { $0.text != " " }) { breakAt = row.count }
                row.append(Piece(text: cluster, columns: width, span: index))
                used += width
            }
        }
        finish(row[...])
        return rows
    }

    private func joined(_ pieces: ArraySlice<Piece>) -> [DocumentLine.Span] {
        var result: [DocumentLine.Span] = []
        var current: Int?
        for piece in pieces {
            if piece.span != current {
                current = piece.span
                var span = spans[piece.span]
                span.text = ""
                result.append(span)
            }
            result[result.count - 1].text.append(piece.text)
        }
        return result
    }
}
