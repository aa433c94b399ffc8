import SomaTerminal

/// The parts of the inbox: the list, and the card of what is selected.
struct ApprovalsLayout: Sendable, Hashable {
    /// The list with its heading.
    let list: Rect
    /// The column between list and card where they stand side by side.
    let divider: Rect
    /// The row between list and card where they stand one above the other.
    let rule: Rect
    /// The card.
    let card: Rect

    /// From how many columns on list and card stand side by side.
    private static let wide = 150

    init(_ body: Rect) {
        let none = Rect(column: body.column, row: body.row, columns: 0, rows: 0)
        if body.columns >= Self.wide, body.rows >= 12 {
            let columns = body.columns * 2 / 5
            list = body.part(columns: columns)
            divider = body.part(column: columns, columns: 1)
            card = body.part(column: columns + 1).inset(columns: 1)
            rule = none
            return
        }
        divider = none
        // Small terminals show the card alone: it says how many there are.
        let rows = body.rows >= 30 ? body.rows / 4 : body.rows >= 16 ? 5 : 0
        list = body.part(rows: rows)
        rule = rows > 0 ? body.part(row: rows, rows: 1) : none
        card = body.part(row: rows > 0 ? rows + 1 : 0).inset(columns: 1)
    }

    /// How many entries are in sight, without the heading.
    var rows: Int { max(0, list.rows - 1) }
}
