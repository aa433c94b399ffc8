import SomaTerminal

/// The parts of the fleet's view: the table, and below it what is known of the selected run.
struct FleetLayout: Sendable, Hashable {
    /// The table with its heading.
    let table: Rect
    /// The lines about the selected run.
    let detail: Rect

    init(_ body: Rect) {
        let rows = body.rows >= 14 ? 4 : body.rows >= 6 ? 1 : 0
        table = body.part(rows: body.rows - rows)
        detail = body.part(row: body.rows - rows, rows: rows)
    }

    /// How many runs are in sight, without the heading.
    var rows: Int { max(0, table.rows - 1) }
}
