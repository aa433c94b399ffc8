import SomaCore
import SomaTerminal

/// The scrubber of a recording: how busy it was when, where errors and decisions are, and where the cursor is.
enum ReplayStrip {
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard let replay = state.timeCursor else { return }
        let overview = replay.overview
        let sign = replay.isPlaying ? look.glyphs.pick("▶", ">") : look.glyphs.pick("‖", "=")
        let speed = look.glyphs == .unicode ? replay.speedName : replay.speedName.replacing("×", with: "x")
        let times = "\(state.clock.time(replay.place.at)) / \(state.clock.time(overview.lastAt))"
        let left = StyledLine([
            .init("\(sign) ", look[replay.isPlaying ? .accent : .dim]), .init(speed),
            .init("   \(times)", look[.dim]),
        ])
        let isNarrow = rect.columns < 60
        let start = isNarrow ? 1 : 1 + left.columns + 3
        look.draw(left, on: &canvas, in: rect.part(column: 1, row: isNarrow ? 1 : 0))
        let strip = rect.part(column: start, columns: rect.columns - start - 2, rows: 1)
        guard strip.columns > 0 else { return }
        let scale = StripScale(overview, columns: strip.columns)
        drawDensity(scale, on: &canvas, in: strip, look)
        let cursor = scale.column(of: replay.place.at)
        canvas.restyle(strip.part(column: cursor, columns: 1)) { look[.cursor].over($0).adding(.reverse) }
        guard !isNarrow else { return }
        look.draw(keys(state, columns: start - 3, look), on: &canvas, in: rect.part(column: 1, row: 1))
        let words =
            "event \(Amounts.grouped(replay.place.transition)) of \(Amounts.grouped(overview.transitions))"
        drawPlace(
            words,
            cursor,
            on: &canvas,
            in: rect.part(column: start, row: 1, columns: strip.columns),
            look
        )
    }

    /// The keys that move the cursor, as many as there is room for.
    private static func keys(_ state: AppState, columns: Int, _ look: Look) -> StyledLine {
        var line = StyledLine([])
        let table = KeyMap.table(for: state)
        for name in ["replay.play", "replay.step", "app.time"] {
            guard let binding = table.bindings.first(where: { $0.name == name && $0.isEnabled }),
                let key = binding.keys.first
            else { continue }
            let gap = line.spans.isEmpty ? "" : "  "
            let title = name == "app.time" ? "now" : binding.title
            guard line.columns + (gap + key.description + " " + title).count <= columns else { break }
            line.append(gap + key.description, look[.key])
            line.append(" " + title, look[.dim])
        }
        return line
    }

    private static func drawDensity(
        _ scale: StripScale,
        on canvas: inout Canvas,
        in strip: Rect,
        _ look: Look
    ) {
        let most = scale.cells.map(\.transitions).max() ?? 0
        for (column, cell) in scale.cells.enumerated() {
            let glyph: String
            let role: ThemeRole
            if cell.errors > 0 {
                (glyph, role) = (String(look.glyphs.pick("✗", "x")), .bad)
            } else if cell.transitions == 0 {
                (glyph, role) = (String(look.glyphs.pick("┄", "-")), .border)
            } else {
                let bar = Sparkline.text(
                    [Double(cell.transitions)],
                    columns: 1,
                    highest: Double(max(1, most)),
                    glyphs: look.glyphs
                )
                (glyph, role) = (bar, cell.decisions > 0 ? .accent : .dim)
            }
            canvas.draw(glyph, column: strip.column + column, row: strip.row, style: look[role])
        }
    }

    /// The words below the cursor: to its right, or to its left near the end.
    private static func drawPlace(
        _ words: String,
        _ cursor: Int,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        canvas.draw(
            String(look.glyphs.pick("▲", "^")),
            column: rect.column + cursor,
            row: rect.row,
            style: look[.cursor]
        )
        let width = words.count
        let fits = cursor + 2 + width <= rect.columns
        let column = fits ? cursor + 2 : max(0, cursor - 1 - width)
        look.draw(StyledLine(words, look[.dim]), on: &canvas, in: rect.part(column: column, columns: width))
    }
}

/// What happened in the stretch of time of each column of the strip. Long idle times are short in it.
struct StripScale {
    /// One column.
    struct Cell: Hashable {
        var transitions = 0
        var errors = 0
        var decisions = 0
    }

    /// How many stretches of the index an idle time has at most.
    private static let idleMax = 4

    private(set) var cells: [Cell]
    private let overview: ReplayOverview
    /// How much of the strip comes before each stretch of the index, and all of it at the end.
    private var starts: [Int] = [0]

    init(_ overview: ReplayOverview, columns: Int) {
        self.overview = overview
        cells = Array(repeating: Cell(), count: columns)
        var idle = 0
        for bucket in overview.buckets {
            idle = bucket.transitions > 0 ? 0 : idle + 1
            starts.append((starts.last ?? 0) + (idle > Self.idleMax ? 0 : 1))
        }
        for (index, bucket) in overview.buckets.enumerated() where bucket.transitions > 0 {
            let column = column(bucket: index)
            cells[column].transitions += bucket.transitions
            cells[column].errors += bucket.errors
            cells[column].decisions += bucket.decisions
        }
    }

    /// The column of a moment.
    func column(of moment: Timestamp) -> Int {
        let past = moment.microseconds.subtractingReportingOverflow(overview.bucketsAt.microseconds)
            .partialValue
        let bucket = max(0, past) / max(1, overview.bucketMicroseconds)
        return column(bucket: Int(min(bucket, Int64(max(0, overview.buckets.count - 1)))))
    }

    private func column(bucket: Int) -> Int {
        let whole = (starts.last ?? 0) - 1
        guard whole > 0, cells.count > 1, starts.indices.contains(bucket) else { return 0 }
        return min(starts[bucket], whole) * (cells.count - 1) / whole
    }
}
