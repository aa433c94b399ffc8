/// Lines of text such as a log, wrapped or scrolled sideways, with search hits marked.
///
/// Lines come from a function and only those in sight are asked for, so a million lines cost as much as a page. So does
/// one line of a megabyte: only what is in sight of it is broken.
public struct TextView: Sendable {
    /// What is in sight.
    public struct State: Sendable, Hashable {
        /// The first line in sight.
        public var top: Int
        /// Columns that are scrolled away on the left; only without wrapping.
        public var left: Int
        /// Whether the view stays at the end when lines are added.
        public var isFollowing: Bool

        /// Makes a state at the start.
        public init(top: Int = 0, left: Int = 0, isFollowing: Bool = false) {
            self.top = top
            self.left = left
            self.isFollowing = isFollowing
        }

        /// Scrolls by lines; scrolling back stops following, reaching the end follows again if `follows` is true.
        public mutating func scroll(by lines: Int, count: Int, visible: Int, follows: Bool = false) {
            let last = max(0, count - visible)
            let from = isFollowing ? last : top
            top = min(max(0, from + lines), last)
            isFollowing = follows && top == last
        }
    }

    /// Whether long lines are broken instead of cut.
    public var wraps: Bool
    /// The text to mark; empty marks nothing. Letter case doesn't matter unless it has a capital.
    public var search: String
    /// The line whose hits are marked as current.
    public var currentHit: Int?

    /// Makes a view.
    public init(wraps: Bool = true, search: String = "", currentHit: Int? = nil) {
        self.wraps = wraps
        self.search = search
        self.currentHit = currentHit
    }

    /// Draws the lines in sight.
    /// - Parameters:
    ///   - canvas: Where to draw.
    ///   - rect: The view's place.
    ///   - state: What is in sight.
    ///   - count: How many lines there are.
    ///   - theme: Styles.
    ///   - glyphs: Glyphs.
    ///   - line: Gives the line with a number; asked at most once a row.
    /// - Returns: The state that was used, to be kept for the next frame.
    @discardableResult
    public func draw(
        on canvas: inout Canvas,
        in rect: Rect,
        state: State,
        count: Int,
        theme: Theme,
        glyphs: GlyphSet = .unicode,
        line: (Int) -> StyledLine
    ) -> State {
        var brokenBytes = 0
        return draw(on: &canvas, in: rect, state, count, theme, glyphs, &brokenBytes, line: line)
    }

    /// Draws, and counts how many bytes of text were looked at.
    func draw(
        on canvas: inout Canvas,
        in rect: Rect,
        _ state: State,
        _ count: Int,
        _ theme: Theme,
        _ glyphs: GlyphSet,
        _ brokenBytes: inout Int,
        line: (Int) -> StyledLine
    ) -> State {
        let text = rect.part(columns: max(0, rect.columns - 1))
        var used = state
        used.top = min(max(0, state.top), max(0, count - 1))
        var rows: [(StyledLine, Int)] = []
        func broken(_ index: Int, fromEnd: Bool) -> [(StyledLine, Int)] {
            let pieces = LinePieces(line(index))
            guard wraps else {
                // What is scrolled away has to be passed over, and may take many bytes a column.
                let row = pieces.front((state.left + text.columns + 1) * LinePieces.columnBytesMax)
                brokenBytes += row.bytes
                return [(row, index)]
            }
            return pieces.rows(rect.rows - rows.count, columns: text.columns, fromEnd: fromEnd, &brokenBytes)
                .map { ($0, index) }
        }
        if state.isFollowing {
            var index = count - 1
            while index >= 0, rows.count < rect.rows {
                rows = broken(index, fromEnd: true) + rows
                index -= 1
            }
            rows = rows.suffix(rect.rows)
            used.top = max(0, count - rect.rows)
        } else {
            var index = used.top
            while index < count, rows.count < rect.rows {
                rows += broken(index, fromEnd: false)
                index += 1
            }
        }
        canvas.clipped(to: text) { canvas in
            for (row, (content, index)) in rows.prefix(rect.rows).enumerated() {
                canvas.draw(
                    marked(content, index, theme),
                    column: text.column - (wraps ? 0 : state.left),
                    row: text.row + row,
                    maxColumns: wraps ? .max : text.columns + state.left,
                    ellipsis: glyphs.ellipsis
                )
            }
        }
        Scrollbar(count: count, visible: rect.rows, top: used.top).draw(
            on: &canvas,
            in: Rect(
                column: rect.endColumn - 1,
                row: rect.row,
                columns: min(1, rect.columns),
                rows: rect.rows
            ),
            theme: theme,
            glyphs: glyphs
        )
        return used
    }

    private func marked(_ line: StyledLine, _ index: Int, _ theme: Theme) -> StyledLine {
        guard !search.isEmpty else { return line }
        let hits = TextSearch(search).ranges(in: line.text)
        guard !hits.isEmpty else { return line }
        let style = theme[index == currentHit ? .matchCurrent : .match]
        var result = StyledLine([])
        var offset = 0
        for span in line.spans {
            for character in span.text {
                let isHit = hits.contains { $0.contains(offset) }
                let chosen = isHit ? style : span.style
                if let last = result.spans.last, last.style == chosen {
                    result.spans[result.spans.count - 1].text.append(character)
                } else {
                    result.append(String(character), chosen)
                }
                offset += 1
            }
        }
        return result
    }
}
