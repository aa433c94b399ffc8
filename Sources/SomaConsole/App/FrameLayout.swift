import SomaTerminal

/// Where things are on the screen; the same for drawing and for scrolling.
struct FrameLayout: Sendable, Hashable {
    /// The least terminal in which a view makes sense.
    static let least = Size(columns: 20, rows: 5)

    let header: Rect
    let headerRule: Int?
    let body: Rect
    let strip: Rect
    let footerRule: Int?
    let footer: Rect

    init(size: Size, hasStrip: Bool) {
        let whole = Rect(size)
        let hasRules = size.rows >= 12
        let top = hasRules ? 2 : 1
        let bottom = hasRules ? 2 : 1
        let stripRows = hasStrip && size.rows >= 9 ? 2 : 0
        header = whole.line(0)
        headerRule = hasRules ? 1 : nil
        footer = whole.line(size.rows - 1)
        footerRule = hasRules ? size.rows - 2 : nil
        strip = whole.part(row: size.rows - bottom - stripRows, rows: stripRows)
        body = whole.part(row: top, rows: max(0, size.rows - top - bottom - stripRows))
    }

    init(_ state: AppState) { self.init(size: state.size, hasStrip: state.timeCursor != nil) }

    /// The part of the body for the fleet's table; below it a line tells about the selected run.
    var fleetTable: Rect { body.part(rows: body.rows - fleetDetailRows) }

    /// The lines about the selected run.
    var fleetDetail: Rect { body.part(row: body.rows - fleetDetailRows, rows: fleetDetailRows) }

    /// How many runs are in sight, without the heading.
    var fleetRows: Int { max(0, fleetTable.rows - 1) }

    private var fleetDetailRows: Int { body.rows >= 14 ? 4 : body.rows >= 6 ? 1 : 0 }
}
