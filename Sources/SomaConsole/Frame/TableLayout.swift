import SomaTerminal

/// The parts of a view with a table: lines above it, and below it what is selected in full.
struct TableLayout: Sendable, Hashable {
    let head: Rect
    /// The table with its heading.
    let table: Rect
    let detail: Rect

    init(_ body: Rect, head: Int, detail: Int) {
        self.head = body.part(rows: head)
        table = body.part(row: head, rows: body.rows - head - detail)
        self.detail = body.part(row: body.rows - detail, rows: detail)
    }

    /// How many rows are in sight, without the heading.
    var rows: Int { max(0, table.rows - 1) }
}
