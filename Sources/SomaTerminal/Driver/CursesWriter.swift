private import CNcurses
private import Glibc

/// What is on the terminal and how to change it; used by one thread at a time.
struct CursesWriter {
    private var shown: Canvas?
    /// The links on the terminal.
    private var shownLinks: [Link] = []
    private var size: Size
    private let encoder: CellEncoder
    /// Whether the terminal shows links.
    var hasLinks: Bool
    private var condenser = RenditionCondenser()
    /// Whether the last cell of the screen is written past curses, and what it shows.
    private let ownsCorner: Bool
    private var corner = Corner()
    private var isGone = false
    /// Whether the next continuation is that of our own stop, after which the screen is back already.
    private var hasSuspended = false

    init(size: Size, encoder: CellEncoder, profile: TerminalProfile) {
        self.size = size
        self.encoder = encoder
        hasLinks = profile.extras.contains(.links)
        ownsCorner = soma_screen_shifts_corner() == 1
    }

    /// Writes what differs from the last canvas; nothing if nothing does.
    /// - Parameters:
    ///   - canvas: What the terminal is to show.
    ///   - terminal: The terminal's size.
    ///   - synchronized: Whether the terminal is told where the frame begins and ends.
    ///   - question: Bytes behind the frame, if there is one.
    ///   - willWrite: Gets the number of bytes before they are written.
    mutating func write(
        _ canvas: Canvas,
        terminal: Size,
        synchronized: Bool,
        question: String = "",
        willWrite: @Sendable (Int) -> Void = { _ in }
    ) {
        guard !isGone else { return }
        if terminal != size {
            soma_screen_resize(Int32(terminal.rows), Int32(terminal.columns))
            soma_screen_erase()
            soma_screen_redraw_all()
            size = terminal
            shown = nil
        }
        let before = shown
        if let before, before.size != canvas.size {
            soma_screen_erase()
        }
        let runs =
            before.map { canvas.damage(from: $0) }
            ?? canvas.damage(from: Canvas(size: Size(columns: 0, rows: 0)))
        let links = hasLinks ? canvas.links : []
        if before == nil { shownLinks = [] }
        guard !runs.isEmpty || links != shownLinks || before == nil || before?.cursor != canvas.cursor else {
            return
        }
        for run in runs where run.row < size.rows {
            let visible = run.columns.clamped(to: 0..<size.columns)
            guard !visible.isEmpty else { continue }
            put(DamageRun(row: run.row, columns: visible), of: canvas)
        }
        // Cells lose their link only by being written again.
        let unlinked = rows(of: Set(shownLinks).subtracting(links))
        for row in unlinked { soma_screen_redraw_row(Int32(row)) }
        place(canvas.cursor)
        var frame = composed()
        if ownsCorner { frame += paintedCorner(of: canvas, afterFrame: !frame.isEmpty) }
        let written = unlinked.union(runs.map(\.row)).union(rows(of: Set(links).subtracting(shownLinks)))
        frame += painted(links, of: canvas, in: written).utf8
        shown = canvas
        shownLinks = links
        guard !frame.isEmpty else { return }
        if synchronized { frame = Array("\u{1B}[?2026h".utf8) + frame + Array("\u{1B}[?2026l".utf8) }
        frame += question.utf8
        willWrite(frame.count)
        write(frame)
    }

    /// Gives cells to curses, but for those of the corner where it doesn't write that.
    private func put(_ run: DamageRun, of canvas: Canvas) {
        guard ownsCorner, run.row == size.rows - 1, let corner = Corner.place(on: canvas, size) else {
            return put(encoder.encode(run, of: canvas), run.row, run.columns.lowerBound)
        }
        let rest = run.columns.clamped(to: 0..<corner.lowerBound)
        if !rest.isEmpty {
            put(encoder.encode(DamageRun(row: run.row, columns: rest), of: canvas), run.row, rest.lowerBound)
        }
        // Curses believes the corner empty, whatever it shows.
        let blanks = encoder.encode(
            DamageRun(row: 0, columns: 0..<corner.count),
            of: Canvas(size: Size(columns: corner.count, rows: 1))
        )
        put(blanks, run.row, corner.lowerBound)
    }

    private func put(_ cells: [soma_cell], _ row: Int, _ column: Int) {
        soma_screen_put(Int32(row), Int32(column), cells, Int32(cells.count))
    }

    /// What paints the corner, where it changed or the frame may have erased it.
    private mutating func paintedCorner(of canvas: Canvas, afterFrame: Bool) -> [UInt8] {
        let hasItalic = soma_screen_has_capability("sitm") == 1
        let wanted = Corner(of: canvas, size, encoder, hasItalic: hasItalic)
        defer { corner = wanted }
        guard wanted != corner || (afterFrame && wanted != Corner()) else { return [] }
        return Array(wanted.painted(on: size).utf8)
    }

    /// Lets curses compose the frame, and takes out what changes nothing.
    private mutating func composed() -> [UInt8] {
        var count = 0
        guard let bytes = soma_screen_update(&count), count > 0 else { return [] }
        return bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            condenser.condense(UnsafeBufferPointer(start: $0, count: count))
        }
    }

    /// Writes bytes that aren't text.
    mutating func raw(_ bytes: String) { write(Array(bytes.utf8)) }

    private mutating func write(_ bytes: [UInt8]) {
        guard !isGone else { return }
        isGone = bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { soma_screen_write($0.baseAddress, $0.count) } != 0
        }
    }

    /// Gives the terminal to the shell until the process is continued; then shows the last canvas again.
    mutating func suspend(terminal: Size) {
        guard !isGone else { return }
        hasSuspended = true
        soma_screen_suspend()
        showAgain(terminal)
    }

    /// Gives the terminal to somebody else until `work` returns; then shows the last canvas again.
    mutating func lend(terminal: () -> Size, to work: () -> Void) {
        guard !isGone else { return work() }
        soma_screen_lend()
        work()
        soma_screen_take_back()
        showAgain(terminal())
    }

    /// Takes the terminal again after somebody else stopped and continued the process.
    mutating func continueIfStopped(terminal: Size) {
        guard !isGone, !hasSuspended else {
            hasSuspended = false
            return
        }
        if soma_screen_continue() == 1 { showAgain(terminal) }
    }

    private mutating func showAgain(_ terminal: Size) {
        condenser.forget()
        corner = Corner()
        guard let canvas = shown else { return }
        shown = nil
        write(canvas, terminal: terminal, synchronized: false)
    }

    private func place(_ cursor: Point?) {
        if let cursor, cursor.row < size.rows, cursor.column < size.columns {
            soma_screen_cursor(1, Int32(cursor.row), Int32(cursor.column))
        } else {
            soma_screen_cursor(0, 0, 0)
        }
    }

    /// The rows of the terminal in which links are.
    private func rows(of links: Set<Link>) -> Set<Int> {
        Set(links.flatMap { ($0.rect.row..<$0.rect.endRow).clamped(to: 0..<size.rows) })
    }

    /// The cells of links once more inside OSC 8, where they were painted; cursor and style are saved around it.
    private func painted(_ links: [Link], of canvas: Canvas, in rows: Set<Int>) -> String {
        var bytes = ""
        for link in links {
            let columns = (link.rect.column..<link.rect.endColumn).clamped(to: 0..<size.columns)
            for row in link.rect.row..<link.rect.endRow where rows.contains(row) && !columns.isEmpty {
                bytes +=
                    "\u{1B}7\u{1B}[\(row + 1);\(columns.lowerBound + 1)H\u{1B}]8;;\(link.address)\u{1B}\\"
                canvas.forEachStyleRun(in: row) { run, style in
                    let part = run.clamped(to: columns)
                    guard !part.isEmpty else { return }
                    let codes = Canvas.sgr(style.converted(to: encoder.depth))
                    bytes += "\u{1B}[0" + (codes.isEmpty ? "" : ";" + codes) + "m"
                    // An address is plain ASCII, and its cells show a part of it.
                    bytes += canvas.text(row: row, columns: part)
                }
                bytes += "\u{1B}]8;;\u{1B}\\\u{1B}8"
            }
        }
        return bytes
    }
}
