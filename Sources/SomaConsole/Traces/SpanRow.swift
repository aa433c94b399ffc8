import SomaCore
import SomaTerminal
import SomaTraces

/// A span's row as it is drawn: its name in the tree, its bar, and how long it took.
struct SpanRow {
    let span: Int
    let row: TraceRow
    let isSelected: Bool
    /// Whether it begins after the time cursor.
    let isAhead: Bool
    /// Whether it is only there for what it is around: a filter doesn't find it.
    let isAround: Bool
    /// Whether what is inside is hidden.
    let isFolded: Bool
    /// Whether it goes on.
    let isOpen: Bool

    /// The most events that are marked on a bar.
    private static let eventsMax = 64
    /// How much of a column the shortest bar takes.
    private static let momentMax = 0.125
    /// How much of a column a stretch takes at least to be drawn in a span that is around others.
    private static let partMin = 0.25

    init(_ span: Int, _ state: AppState, _ waterfall: TraceWaterfall, isSelected: Bool, cursor: Timestamp?) {
        let view = state.traceView
        let start = waterfall.starts[span] / 1_000
        self.span = span
        row = waterfall.row(for: span)
        self.isSelected = isSelected
        isAhead = cursor.map { start > $0.microseconds } ?? false
        isAround = view.rows.matches != nil && !view.rows.isMatch(span)
        isFolded = view.shape.filter.isEmpty && view.shape.folded.contains(Int32(span))
        isOpen = waterfall.trace.spans[span].attributes.last?.key == "soma.open"
    }

    private var isFramed: Bool { row.spansBelow > 0 }

    func draw(
        _ view: TraceState,
        _ waterfall: TraceWaterfall,
        _ axis: TimeAxis,
        on canvas: inout Canvas,
        _ columns: WaterfallColumns,
        _ look: Look
    ) {
        look.draw(name(view, waterfall, columns.name.columns, look), on: &canvas, in: columns.name)
        if row.critical > 0 || isAroundPath(waterfall), !isAhead {
            let glyph = look.glyphs.pick("┃", "*")
            canvas.putGlyph(glyph, column: columns.path, row: columns.bar.row, style: look[.accent])
        }
        drawBar(view, waterfall, axis, on: &canvas, in: columns.bar, look)
        look.draw(note(waterfall, columns.note.columns, look), on: &canvas, in: columns.note)
    }

    /// Whether the critical path goes through what is inside, so that the line beside the names has no holes.
    private func isAroundPath(_ waterfall: TraceWaterfall) -> Bool {
        guard isFramed else { return false }
        let rank = Int(waterfall.tree.ranks[span]) + 1
        // The first child that is waited for is near in any trace; a long way is not gone for a line.
        return waterfall.tree.order[rank..<min(rank + 64, rank + row.spansBelow)].contains {
            waterfall.path.times[Int($0)] > 0
        }
    }

    // MARK: The name

    private func name(_ view: TraceState, _ waterfall: TraceWaterfall, _ columns: Int, _ look: Look)
        -> StyledLine
    {
        let levels = max(1, (columns - 8) / 4)
        var guides = ""
        let lasts = view.rows.guides(of: span, in: waterfall.tree, levels: levels)
        if lasts.count < row.depth { guides.append(look.glyphs.pick("⋯", "~")) }
        for (level, isLast) in lasts.enumerated() {
            if level == lasts.count - 1 {
                guides += look.glyphs == .ascii ? (isLast ? "`-" : "|-") : (isLast ? "└─" : "├─")
            } else {
                guides += isLast ? "  " : look.glyphs == .ascii ? "| " : "│ "
            }
        }
        var line = StyledLine(guides, look[.border])
        if isFramed {
            let glyph = isFolded ? look.glyphs.pick("▸", "+") : look.glyphs.pick("▾", "-")
            line.append("\(glyph) ", look[isFolded ? .text : .dim])
        } else if row.depth > 0 {
            line.append(" ")
        }
        let isQuiet = isAhead || isAround
        line.append(row.name.firstLine, isQuiet ? look[.dim] : nameStyle(view, look))
        if isFolded {
            line.append("  \(look.glyphs.pick("+", "+"))\(Amounts.grouped(row.spansBelow))", look[.dim])
        }
        if row.hasWarnings { line.append(" \(look.glyphs.pick("≈", "~"))", look[isQuiet ? .dim : .warning]) }
        let parent = waterfall.tree.parents[span]
        let around = parent < 0 ? "" : waterfall.trace.service(of: waterfall.trace.spans[Int(parent)])
        let isSaid = row.name.hasSuffix(row.service)
        if row.service != around, !isSaid, view.index.services > 1 || parent < 0 {
            line.append("  \(row.service.firstLine)", look[.dim])
        }
        return line
    }

    private func nameStyle(_ view: TraceState, _ look: Look) -> Style {
        switch view.index.inks[span] {
        case .work(.visit): look[.text]
        case .work(.person): look[.statusNeedsPerson]
        case .work: look[.code]
        case .service: look[.text]
        }
    }

    // MARK: The bar

    private func drawBar(
        _ view: TraceState,
        _ waterfall: TraceWaterfall,
        _ axis: TimeAxis,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let start = waterfall.starts[span] / 1_000
        let end = waterfall.end(of: span) / 1_000
        guard let stretch = axis.columns(from: start, to: end) else {
            // It is to be found on that side.
            let isLeft = end < axis.from
            let glyph = isLeft ? look.glyphs.pick("◂", "<") : look.glyphs.pick("▸", ">")
            let column = isLeft ? rect.column : rect.endColumn - 1
            return canvas.putGlyph(glyph, column: column, row: rect.row, style: look[.border])
        }
        // What took no time to speak of is a line in one column.
        let isMoment = stretch.upperBound - stretch.lowerBound <= Self.momentMax
        let first = stretch.lowerBound.rounded(.down)
        let place = isMoment ? first...(first + Self.momentMax) : stretch
        let isFailed = row.hasFailed && !isFramed
        let role: ThemeRole = isAhead ? .dim : isFailed ? .bad : view.index.role(of: span)
        let bar = TimeBar(place, isFramed: isFramed && start >= axis.from && end <= axis.to, isOpen: isOpen)
        let ink: TimeBar.Ink = isMoment ? .solid : isFramed ? .line : .hatched
        bar.draw(
            ink,
            over: place,
            look[isMoment && row.critical == 0 ? .dim : role],
            on: &canvas,
            in: rect,
            look
        )
        if isFramed, !isMoment {
            let style = look[role]
            drawParts(waterfall.gaps(of: span), .heavyLine, axis, style, 0.5, on: &canvas, in: rect, look)
        }
        if !isMoment {
            let sections = waterfall.path.sections(of: span).lazy.map { $0.start..<$0.end }
            let solid = look[isAhead ? .dim : isFailed ? .bad : isFramed && role == .border ? .dim : role]
            let least = isFramed ? Self.partMin : 0
            drawParts(sections, .solid, axis, solid, least, on: &canvas, in: rect, look)
        }
        bar.drawEnds(axis, look[role], on: &canvas, in: rect, look)
        drawEvents(waterfall, axis, bar.columns, on: &canvas, in: rect, look)
        drawMarks(waterfall, after: bar.columns.upperBound, on: &canvas, in: rect, look)
    }

    /// Draws stretches, which are in order; those that share a column are drawn once.
    private func drawParts(
        _ parts: some Sequence<Range<Int64>>,
        _ ink: TimeBar.Ink,
        _ axis: TimeAxis,
        _ style: Style,
        _ least: Double,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        var reached = -1.0
        for part in parts {
            if part.lowerBound / 1_000 > axis.to { break }
            guard part.upperBound / 1_000 >= axis.from else { continue }
            guard let place = axis.columns(from: part.lowerBound / 1_000, to: part.upperBound / 1_000) else {
                continue
            }
            guard place.upperBound - place.lowerBound >= least, place.upperBound > reached else { continue }
            let bar = TimeBar(place, isFramed: false, isOpen: false)
            bar.draw(ink, over: place, style, on: &canvas, in: rect, look)
            reached = Double(Int(place.upperBound))
        }
    }

    private func drawEvents(
        _ waterfall: TraceWaterfall,
        _ axis: TimeAxis,
        _ columns: Range<Int>,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        for event in waterfall.trace.spans[span].events.prefix(Self.eventsMax) {
            let at = event.at / 1_000
            guard at >= axis.from, at <= axis.to else { continue }
            let column = min(Int(axis.column(of: at)), rect.columns - 1)
            guard columns.contains(column) else { continue }
            canvas.putGlyph(
                look.glyphs.pick("•", "o"),
                column: rect.column + column,
                row: rect.row,
                style: look[isAhead ? .dim : .text]
            )
        }
    }

    /// What went wrong, behind the bar, and how much went wrong in what is hidden.
    private func drawMarks(
        _ waterfall: TraceWaterfall,
        after column: Int,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        var line = StyledLine([])
        if row.hasFailed {
            line.append(String(look.glyphs.pick("✗", "x")), look[isAhead ? .dim : .bad])
            let message = waterfall.trace.spans[span].message.firstLine
            if !message.isEmpty { line.append(" " + message, look[.dim]) }
        }
        if isFolded, row.failuresBelow > 0 {
            let gap = line.spans.isEmpty ? "" : "  "
            line.append(
                "\(gap)\(look.glyphs.pick("✗", "x")) \(Amounts.grouped(row.failuresBelow)) inside",
                look[isAhead ? .dim : .bad]
            )
        }
        guard !line.spans.isEmpty else { return }
        let room = rect.part(column: min(column, rect.columns - 1))
        look.draw(
            room.columns >= 6 || line.columns <= room.columns ? line : StyledLine([line.spans[0]]),
            on: &canvas,
            in: room
        )
    }

    // MARK: How long

    private func note(_ waterfall: TraceWaterfall, _ columns: Int, _ look: Look) -> StyledLine {
        guard columns > 0 else { return StyledLine([]) }
        var note = StyledLine([])
        if columns >= 13 {
            let share =
                isAhead || row.duration == 0
                ? "" : TimeShares.percent(row.duration, of: max(1, waterfall.duration))
            note.append(String(repeating: " ", count: max(0, 5 - share.count)) + share + " ", look[.dim])
        }
        let time = TraceWords.time(row.duration, look)
        note.append(
            String(repeating: " ", count: max(0, 7 - time.count)) + time,
            look[row.critical > 0 && !isAhead ? .text : .dim]
        )
        return note
    }
}
