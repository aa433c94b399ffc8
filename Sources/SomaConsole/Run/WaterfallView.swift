import SomaCore
import SomaTerminal

/// Where a run's time went: a row for each visit, call, child and wait, on one time axis.
///
/// Solid is what was waited for: taking it away would have made the run shorter. The line beside the names goes along
/// it from the run's first step to its last. What went on beside something longer is hatched, and a visit is a thin
/// line around what happened in it.
enum WaterfallView {
    /// The part of the list that bars have: the first line sums up, the second is the axis.
    static func bars(in list: Rect) -> Rect { list.rows >= 5 ? list.part(row: 2) : list }

    static func draw(_ state: AppState, on canvas: inout Canvas, in list: Rect, _ look: Look) {
        let view = state.runView
        guard let log = view.run.flatMap({ state.journals[$0] })?.transitions, !view.bars.isEmpty else {
            return
        }
        let inner = list.part(columns: list.columns - 1)
        let columns = WaterfallColumns(inner)
        let gaps = view.timeline.gaps.lazy.map { gap -> Range<Int64> in
            let end = log[gap.place].at.microseconds
            return (end - gap.length.microseconds)..<end
        }
        let axis = TimeAxis(
            from: Timestamp(microseconds: view.axis.lowerBound),
            to: Timestamp(microseconds: view.axis.upperBound),
            columns: max(1, columns.bar.columns),
            gaps: view.showsSpacing ? [] : near(gaps, view.axis)
        )
        let rect = bars(in: list)
        if rect.row > list.row {
            let shares = TimeShares(view.waterfall.shares(until: view.waterfallNow))
            look.draw(shares.line(columns: inner.columns, look), on: &canvas, in: inner)
            let isWhole = axis.from == view.waterfallStart
            let clock = state.clock.time(Timestamp(microseconds: axis.from))
            axis.draw(from: isWhole ? "0" : clock, on: &canvas, in: WaterfallColumns(inner.line(1)).bar, look)
        }
        let total = view.waterfallNow.microseconds - (view.waterfallStart ?? 0)
        for (row, bar) in view.bars.enumerated() {
            let line = rect.line(row).part(columns: rect.columns - 1)
            let isSelected = view.barTop + row == view.barCursor
            draw(bar, axis, total, isSelected, on: &canvas, in: line, look)
            guard isSelected else { continue }
            RunView.highlight(line, on: &canvas, state, look)
        }
        drawCursor(
            state,
            log,
            axis,
            on: &canvas,
            in: WaterfallColumns(rect.part(columns: rect.columns - 1)).bar,
            look
        )
        Scrollbar(count: view.waterfall.rows(in: view.waterfall.count), visible: rect.rows, top: view.barTop)
            .draw(
                on: &canvas,
                in: rect.part(column: rect.columns - 1, columns: 1),
                theme: look.theme,
                glyphs: look.glyphs
            )
    }

    /// The gaps that touch the axis; they are in order.
    private static func near<Gaps: RandomAccessCollection>(_ gaps: Gaps, _ axis: Range<Int64>) -> [Range<
        Int64
    >]
    where Gaps.Element == Range<Int64>, Gaps.Index == Int {
        let start = gaps.prefixCount { $0.upperBound <= axis.lowerBound }
        let end = gaps.prefixCount { $0.lowerBound < axis.upperBound }
        return start < end ? Array(gaps[start..<end].prefix(gapsMax)) : []
    }

    /// The most gaps that one axis cuts.
    private static let gapsMax = 512

    // MARK: Above the bars

    static func role(_ kind: Waterfall.Kind) -> ThemeRole {
        switch kind {
        case .visit: .border
        case .model: .chart3
        case .tool: .chart1
        case .child: .chart2
        case .person: .statusNeedsPerson
        case .pause: .statusWaiting
        }
    }

    /// A moment after the start, as exact as ticks are apart: `250µs`, `20ms`, `1.5s`, `13m36.22s`.
    static func tick(_ microseconds: Int64) -> String {
        let fraction = microseconds % 1_000_000
        if fraction == 0 { return Amounts.time(.microseconds(microseconds)) }
        if microseconds < 1_000 { return "\(microseconds)µs" }
        func decimals(_ part: Int64, of unit: Int64) -> String {
            var text = String(String(unit + part).dropFirst())
            while text.last == "0" { text.removeLast() }
            return text.isEmpty ? "" : ".\(text)"
        }
        if microseconds < 1_000_000 {
            return "\(microseconds / 1_000)\(decimals(microseconds % 1_000, of: 1_000))ms"
        }
        let seconds = microseconds / 1_000_000
        let whole = Amounts.time(.seconds(seconds))
        // From an hour on the shared form leaves seconds out.
        let text =
            whole.hasSuffix("s") ? String(whole.dropLast()) : whole + String(100 + seconds % 60).dropFirst()
        return "\(text)\(decimals(fraction, of: 1_000_000))s"
    }

    // MARK: Bars

    private static func draw(
        _ bar: WaterfallRow,
        _ axis: TimeAxis,
        _ total: Int64,
        _ isSelected: Bool,
        on canvas: inout Canvas,
        in line: Rect,
        _ look: Look
    ) {
        let columns = WaterfallColumns(line)
        if bar.weight.isOnPath, !bar.isAhead {
            canvas.putGlyph(
                look.glyphs.pick("┃", "*"),
                column: columns.path,
                row: line.row,
                style: look[.accent]
            )
        }
        let indent = String(repeating: " ", count: min(bar.depth, 6) * 2)
        let nameRole: ThemeRole =
            bar.isAhead ? .dim : bar.kind == .visit ? .text : bar.kind == .person ? .statusNeedsPerson : .code
        look.draw(
            StyledLine([.init(indent), .init(bar.name.firstLine, look[nameRole])]),
            on: &canvas,
            in: columns.name
        )
        let took = (bar.endsAt - bar.startsAt).microseconds
        if let place = axis.columns(from: bar.startsAt.microseconds, to: bar.endsAt.microseconds) {
            let end = drawBar(bar, place, axis, on: &canvas, in: columns.bar, look)
            if isSelected { drawSlack(bar, place, end, on: &canvas, in: columns.bar, look) }
        }
        guard columns.note.columns > 0 else { return }
        var note = StyledLine([])
        if columns.note.columns >= 13 {
            let share = TimeShares.percent(took, of: total)
            note.append(
                bar.isAhead ? "" : String(repeating: " ", count: max(0, 5 - share.count)) + share + " ",
                look[.dim]
            )
        }
        let time = bar.isAhead ? look.none : took < 1_000 ? "<1ms" : Amounts.span(took)
        note.append(
            String(repeating: " ", count: max(0, 7 - time.count)) + time,
            look[bar.weight == .critical ? .text : .dim]
        )
        look.draw(note, on: &canvas, in: columns.note)
    }

    /// Draws a bar with the marks behind it, and tells how many columns from the left it takes.
    private static func drawBar(
        _ bar: WaterfallRow,
        _ place: ClosedRange<Double>,
        _ axis: TimeAxis,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) -> Int {
        let style = look[bar.isAhead ? .dim : bar.hasFailed ? .bad : role(bar.kind)]
        let ink: TimeBar.Ink =
            switch (bar.kind, bar.weight) {
            case (.visit, _): .line
            case (_, .beside): .hatched
            case (_, .alone), (_, .critical): .solid
            }
        let drawn = TimeBar(place, isFramed: bar.kind == .visit, isOpen: bar.isOpen)
        drawn.draw(ink, axis, style, on: &canvas, in: rect, look)
        func put(_ glyph: Character, _ column: Int, _ style: Style) {
            guard column < rect.columns else { return }
            canvas.putGlyph(glyph, column: rect.column + column, row: rect.row, style: style)
        }
        var after = drawn.columns.upperBound
        if bar.hasFailed {
            put(look.glyphs.pick("✗", "x"), after, look[.bad])
            after += 1
        }
        if bar.weight == .critical {
            put(look.glyphs.pick("◀", "<"), after, look[.text])
            after += 1
        }
        return after
    }

    /// Says of what wasn't waited for how much longer it could have taken, behind its bar or in front of it.
    private static func drawSlack(
        _ bar: WaterfallRow,
        _ place: ClosedRange<Double>,
        _ end: Int,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        guard let slack = bar.weight.slack, !bar.isOpen, !bar.isAhead else { return }
        let text = slack < 1_000 ? "no slack" : "\(Amounts.span(slack)) slack"
        let before = Int(place.lowerBound) - text.count - 1
        let column = end + 1 + text.count <= rect.columns ? end + 1 : before
        guard column >= 0 else { return }
        canvas.draw(text, column: rect.column + column, row: rect.row, style: look[.text])
    }

    /// The time cursor as a line down the bars.
    private static func drawCursor(
        _ state: AppState,
        _ log: [Transition],
        _ axis: TimeAxis,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        guard state.runView.count > 0, state.runView.count < log.count else { return }
        let at = log[min(state.runView.count, log.count) - 1].at.microseconds
        axis.drawCursor(at: at, on: &canvas, in: rect, look)
    }

    /// A row without what is drawn.
    static func text(_ bar: WaterfallRow, _ clock: ClockFace) -> String {
        let took = Amounts.span((bar.endsAt - bar.startsAt).microseconds)
        return "\(clock.time(bar.startsAt))  \(bar.name.firstLine)  \(took)\(bar.isOpen ? " so far" : "")"
    }
}
