import SomaCore
import SomaTerminal

/// The scrubber of a recording: how busy it was when, where errors and people's decisions are, and where the cursor
/// is.
enum ReplayStrip {
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        if case .reading(let progress) = state.past?.phase {
            drawReading(progress, state, on: &canvas, in: rect, look)
            guard state.timeCursor != nil else { return }
        }
        guard let replay = state.timeCursor else { return }
        let overview = replay.overview
        guard overview.transitions > 0 else { return drawNothing(state, on: &canvas, in: rect, look) }
        let isNarrow = rect.columns < narrowColumns
        look.draw(left(replay, state, look), on: &canvas, in: rect.part(column: 1, row: isNarrow ? 1 : 0))
        let strip = bar(state, in: rect)
        guard strip.columns > 0 else { return }
        let scale = StripScale(overview, columns: strip.columns, skipsIdle: replay.skipsIdle)
        drawDensity(scale, on: &canvas, in: strip, look)
        let cursor = scale.column(of: replay.place.at)
        canvas.restyle(strip.part(column: cursor, columns: 1)) { look[.cursor].over($0).adding(.reverse) }
        guard !isNarrow else { return }
        let second = rect.part(column: strip.column, row: 1, columns: strip.columns)
        if case .reading = state.past?.phase {
        } else {
            let keys = keys(state, columns: strip.column - rect.column - 3, look)
            look.draw(keys, on: &canvas, in: rect.part(column: 1, row: 1))
        }
        for bookmark in replay.bookmarks {
            let column = second.column + scale.column(of: bookmark.at)
            canvas.draw(
                String(look.glyphs.pick("△", "'")),
                column: column,
                row: second.row,
                style: look[.accent]
            )
        }
        drawPlace(words(replay, state, look), cursor, on: &canvas, in: second, look)
        guard rect.rows > 2 else { return }
        look.draw(MomentDiff.line(state, look), on: &canvas, in: rect.part(column: 1, row: 2))
    }

    /// Below how many columns only the bar and the times are drawn.
    static let narrowColumns = 60

    /// Where the bar is.
    static func bar(_ state: AppState, in rect: Rect) -> Rect {
        guard let replay = state.timeCursor, replay.overview.transitions > 0 else {
            return rect.part(columns: 0)
        }
        // As wide as the widest times and speeds, so that the bar stands still while the cursor moves.
        let isNarrow = rect.columns < narrowColumns
        let overview = replay.overview
        let times = state.clock.time(overview.lastAt, within: overview.length).count * 2 + 3
        let start = isNarrow ? 1 : 1 + 2 + replay.speedName.count + 3 + times + 3
        return rect.part(column: start, columns: max(0, rect.columns - start - 2), rows: 1)
    }

    /// A recording in which there is no place to be: one that is being opened, that is empty, or that can't be read.
    private static func drawNothing(
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        // Why it can't be read is told at length above.
        guard !state.connection.isLost else { return }
        let words = StyledLine(state.hasFleet ? "empty" : "opening", look[.dim])
        look.draw(words, on: &canvas, in: rect.inset(columns: 1).line(0))
    }

    private static func left(_ replay: ReplayState, _ state: AppState, _ look: Look) -> StyledLine {
        let sign = replay.isPlaying ? look.glyphs.pick("▶", ">") : look.glyphs.pick("‖", "=")
        let speed = look.glyphs == .unicode ? replay.speedName : replay.speedName.replacing("×", with: "x")
        let overview = replay.overview
        let here = state.clock.time(replay.place.at, within: overview.length)
        let times = "\(here) / \(state.clock.time(overview.lastAt, within: overview.length))"
        return StyledLine([
            .init("\(sign) ", look[replay.isPlaying ? .accent : .dim]), .init(speed),
            .init("   \(times)", look[.dim]),
        ])
    }

    /// What stands below the cursor.
    private static func words(_ replay: ReplayState, _ state: AppState, _ look: Look) -> [String] {
        let place = replay.place
        let count =
            "event \(Amounts.grouped(place.transition)) of \(Amounts.grouped(replay.overview.transitions))"
        var parts = [count]
        if place.idle >= .seconds(1) { parts.append("\(Amounts.time(place.idle)) idle skipped") }
        // A past of a part of the runs says so before anything else.
        if replay == state.replay, let part = state.past?.scope.words { parts.append(part) }
        if let event = place.event { parts.append("\(event.run.short) \(event.kind.name.firstLine)") }
        if !replay.skipsIdle { parts.append("idle shown") }
        if replay.loops { parts.append("loops") }
        return parts.indices.reversed().map { parts[...$0].joined(separator: look.dot) }
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

    /// How much of the past is here already.
    private static func drawReading(
        _ progress: PastProgress,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let isAlone = state.timeCursor == nil
        var line = StyledLine([.init("reading the past", look[.info])])
        line.append(
            "  \(Amounts.grouped(progress.told)) of \(Amounts.grouped(progress.expected)) transitions",
            look[.dim]
        )
        if let partial = state.past?.scope.words { line.append(look.dot + partial, look[.dim]) }
        line.append("   T", look[.key])
        line.append(" stops", look[.dim])
        guard isAlone else {
            // Beside the strip of one run, which is here at once.
            guard rect.columns >= narrowColumns else { return }
            let short = StyledLine([
                .init("reading all ", look[.info]),
                .init("\(progress.told * 100 / max(1, progress.expected)) %", look[.dim]),
            ])
            return look.draw(short, on: &canvas, in: rect.part(column: 1, row: 1, columns: 26))
        }
        look.draw(line, on: &canvas, in: rect.inset(columns: 1))
        let bar = rect.part(column: 1, row: 1, columns: rect.columns - 2)
        let share = Double(progress.told) / Double(max(1, progress.expected))
        let full = Int(Double(bar.columns) * min(1, share))
        for column in 0..<max(0, bar.columns) {
            canvas.draw(
                String(column < full ? look.glyphs.pick("━", "=") : look.glyphs.pick("┄", "-")),
                column: bar.column + column,
                row: bar.row,
                style: look[column < full ? .accent : .border]
            )
        }
    }

    private static func drawDensity(
        _ scale: StripScale,
        on canvas: inout Canvas,
        in strip: Rect,
        _ look: Look
    ) {
        let most = scale.cells.map(\.transitions).max() ?? 0
        let errorsMarked = StripScale.errorsMarked(in: scale.cells)
        for (column, cell) in scale.cells.enumerated() {
            let glyph: String
            let role: ThemeRole
            if cell.errors >= errorsMarked {
                (glyph, role) = (String(look.glyphs.pick("✗", "x")), .bad)
            } else if cell.hasPerson {
                (glyph, role) = (String(look.glyphs.pick("◆", "!")), .statusNeedsPerson)
            } else if cell.transitions == 0 {
                (glyph, role) = (String(look.glyphs.pick("┄", "-")), .border)
            } else {
                let bar = Sparkline.text(
                    [Double(cell.transitions)],
                    columns: 1,
                    highest: Double(max(1, most)),
                    glyphs: look.glyphs
                )
                (glyph, role) = (bar, cell.errors > 0 ? .bad : cell.decisions > 0 ? .accent : .dim)
            }
            canvas.draw(glyph, column: strip.column + column, row: strip.row, style: look[role])
        }
    }

    /// The words below the cursor: to its right, or to its left near the end; the longest that fit.
    private static func drawPlace(
        _ words: [String],
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
        let right = rect.columns - cursor - 2
        let left = cursor - 1
        let fitting = words.first { SafeText.columns(of: $0) <= max(right, left) } ?? words.last ?? ""
        let width = SafeText.columns(of: fitting)
        let column = width <= right ? cursor + 2 : max(0, cursor - 1 - width)
        look.draw(StyledLine(fitting, look[.dim]), on: &canvas, in: rect.part(column: column, columns: width))
    }
}
