import SomaTerminal

/// Where things are on the screen; the same for drawing, scrolling and the mouse.
struct FrameLayout: Sendable, Hashable {
    /// The least terminal in which a view makes sense.
    static let least = Size(columns: 20, rows: 5)
    /// The least pane beside another.
    static let leastPane = Size(columns: 36, rows: 6)

    let header: Rect
    let headerRule: Int?
    /// Everything between header and strip: one pane, or two and what divides them.
    let main: Rect
    /// The body of the pane that has the focus.
    let body: Rect
    /// What stands above each pane in sight, where there are two.
    let titles: [Rect]
    /// The body of each pane in sight.
    let bodies: [Rect]
    /// What divides two panes.
    let splitter: Rect
    let strip: Rect
    let footerRule: Int?
    let footer: Rect

    init(_ state: AppState) {
        let size = state.size
        let whole = Rect(size)
        let hasRules = size.rows >= 12
        let top = hasRules ? 2 : 1
        let bottom = hasRules ? 2 : 1
        let hasStrip = size.rows >= 9 && (state.timeCursor != nil || state.past != nil)
        let stripRows = hasStrip ? (size.rows >= 16 && state.pinnedInSight != nil ? 3 : 2) : 0
        header = whole.line(0)
        headerRule = hasRules ? 1 : nil
        footer = whole.line(size.rows - 1)
        footerRule = hasRules ? size.rows - 2 : nil
        strip = whole.part(row: size.rows - bottom - stripRows, rows: stripRows)
        main = whole.part(row: top, rows: max(0, size.rows - top - bottom - stripRows))
        let panes = state.panesInSight
        guard panes.count == 2 else {
            titles = []
            bodies = [main]
            body = main
            splitter = Rect(column: 0, row: 0, columns: 0, rows: 0)
            return
        }
        let (parts, middle) = Self.divide(main, state.split)
        splitter = middle
        titles = parts.map { $0.line(0) }
        bodies = parts.map { $0.part(row: 1) }
        body = bodies[state.focus]
    }

    /// The row of a table's heading where one view fills the screen.
    static func headingRow(_ size: Size) -> Int { size.rows >= 12 ? 2 : 1 }

    /// Whether two panes fit.
    static func hasRoomForTwo(_ size: Size, _ split: Split) -> Bool {
        switch split.direction {
        case .columns: size.columns >= 2 * leastPane.columns + 1 && size.rows >= leastPane.rows + 4
        case .rows: size.rows >= 2 * leastPane.rows + 5
        }
    }

    private static func divide(_ rect: Rect, _ split: Split) -> (parts: [Rect], splitter: Rect) {
        switch split.direction {
        case .columns:
            let room = rect.columns - 1
            let wanted = room * split.percent / 100
            let first = min(max(wanted, leastPane.columns), room - leastPane.columns)
            return (
                [rect.part(columns: first), rect.part(column: first + 1)],
                rect.part(column: first, columns: 1)
            )
        case .rows:
            // The second pane's title divides.
            let wanted = rect.rows * split.percent / 100
            let first = min(max(wanted, leastPane.rows), max(leastPane.rows, rect.rows - leastPane.rows))
            return ([rect.part(rows: first), rect.part(row: first)], rect.part(row: first, rows: 1))
        }
    }

    /// Which share of the first pane puts the splitter under a cell.
    func percent(at point: Point, _ direction: Split.Direction) -> Int {
        let share =
            switch direction {
            case .columns: (point.column - main.column) * 100 / max(1, main.columns)
            case .rows: (point.row - main.row) * 100 / max(1, main.rows)
            }
        return min(max(Split.percents.lowerBound, share), Split.percents.upperBound)
    }
}
