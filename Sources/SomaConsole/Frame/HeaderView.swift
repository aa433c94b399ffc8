import SomaCore
import SomaTerminal

/// The first line: where am I, what needs me, and how old is what I see.
enum HeaderView {
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let isNarrow = rect.columns < 72
        let right = counts(state, isNarrow, look)
        let room = rect.columns - 2
        let rightColumns = min(right.columns, room)
        look.draw(
            right,
            on: &canvas,
            in: rect.part(column: rect.columns - 1 - rightColumns, columns: rightColumns)
        )
        let leftColumns = max(0, room - rightColumns - 2)
        let left = breadcrumbs(state, isNarrow, columns: leftColumns, look)
        look.draw(left, on: &canvas, in: rect.part(column: 1, columns: leftColumns))
    }

    /// Where the person is: the view in sight whole, and as much as fits of what leads there.
    private static func breadcrumbs(_ state: AppState, _ isNarrow: Bool, columns: Int, _ look: Look)
        -> StyledLine
    {
        var line = StyledLine([.init("soma", look[.title])])
        var crumbs = state.route.map(\.title)
        if state.helpTop != nil { crumbs.append("keys") }
        if isNarrow {
            line.append(" \(look.into) ", look[.border])
            line.append(crumbs.last ?? "")
            return line
        }
        let readOnly = state.isReadOnly ? "  read-only" : ""
        let room = columns - line.columns - readOnly.count
        let place = place(state.place.firstLine, beside: crumbs, in: room, look)
        crumbs = cut(crumbs, to: room - (place.isEmpty ? 0 : SafeText.columns(of: place) + 2), look)
        if !place.isEmpty {
            let color = state.habits.context?.color
            line.append("  " + place, color.map { Style(foreground: $0) } ?? look[.dim])
        }
        line.append(readOnly, look[.dim])
        for (index, crumb) in crumbs.enumerated() {
            line.append(" \(look.into) ", look[.border])
            line.append(crumb, index == crumbs.count - 1 ? .plain : look[.dim])
        }
        return line
    }

    /// The place whole, or a file's name without its folders, or nothing: before the way to the view gives up a word.
    private static func place(_ place: String, beside crumbs: [String], in room: Int, _ look: Look) -> String
    {
        let short = place.lastIndex(of: "/").map { "\(look.glyphs.ellipsis)\(place[$0...])" } ?? place
        func fits(_ place: String, _ crumbs: [String]) -> Bool {
            SafeText.columns(of: place) + 2 + columns(crumbs) <= room
        }
        if let whole = [place, short].first(where: { fits($0, crumbs) }) { return whole }
        return fits(short, cut(crumbs, to: 0, look)) ? short : ""
    }

    /// The last of the words that fit, with a mark for those before.
    private static func cut(_ crumbs: [String], to room: Int, _ look: Look) -> [String] {
        guard crumbs.count > 1, columns(crumbs) > room else { return crumbs }
        let mark = String(look.glyphs.ellipsis)
        for left in 1..<crumbs.count - 1 where columns([mark] + crumbs.dropFirst(left)) <= room {
            return [mark] + crumbs.dropFirst(left)
        }
        return [mark] + crumbs.suffix(1)
    }

    /// The columns of words and what stands before each.
    private static func columns(_ crumbs: [String]) -> Int {
        crumbs.reduce(0) { $0 + 3 + SafeText.columns(of: $1) }
    }

    private static func counts(_ state: AppState, _ isNarrow: Bool, _ look: Look) -> StyledLine {
        var line = StyledLine([])
        func add(_ mark: RunMark, _ text: String, _ style: Style) {
            if !line.spans.isEmpty { line.append(isNarrow ? "  " : "   ") }
            line.spans.append(look.sign(mark))
            line.append(" " + text, style)
        }
        let firing = state.metrics.firing
        if firing > 0 {
            let words = isNarrow ? "\(firing)" : "\(firing) \(firing == 1 ? "alert" : "alerts")"
            // What nobody has heard of for a while may be over.
            let age = state.metrics.alertsStaleSince.map { Amounts.time(max(.zero, state.now - $0)) }
            let old = age.map { " \($0) ago" } ?? ""
            let style = look[age == nil ? .warning : .dim]
            line.append("\(look.glyphs.pick("▲", "^")) \(words)\(old)", style)
        }
        guard state.hasFleet else { return connection(state, line, isNarrow, look) }
        let index = state.index
        if index.needing > 0 {
            let verb = index.needing == 1 ? "needs" : "need"
            add(
                .needsPerson,
                isNarrow ? "\(index.needing)" : "\(index.needing) \(verb) you",
                look[.statusNeedsPerson]
            )
        }
        add(.running, "\(index.running)", index.running > 0 ? .plain : look[.dim])
        if index.failed > 0 { add(.failed, "\(index.failed)", .plain) }
        return connection(state, line, isNarrow, look)
    }

    /// What the counts are worth: live, late, recorded or lost.
    private static func connection(
        _ state: AppState,
        _ line: StyledLine,
        _ isNarrow: Bool,
        _ look: Look
    ) -> StyledLine {
        var line = line
        let gap = line.spans.isEmpty ? "" : isNarrow ? "  " : "    "
        switch state.connection {
        case .connecting: line.append(gap + "connecting", look[.dim])
        case .live(let lag):
            guard let lag else { break }
            line.append(
                gap + "lag \(Amounts.span(lag.microseconds))",
                look[lag > .seconds(2) ? .warning : .dim]
            )
        case .reconnecting:
            let age = state.lostAt.map { state.now - $0 } ?? .zero
            line.append(gap + "lost" + (age >= .seconds(1) ? " \(Amounts.time(age))" : ""), look[.warning])
        case .failed: line.append(gap + "lost", look[.bad])
        case .recording:
            guard let present = state.past?.present else {
                line.append(gap + "replay", look[.info])
                break
            }
            drawNow(present, onto: &line, gap, isNarrow, look)
        }
        return line
    }

    /// That this is the past, and who needs the person now.
    private static func drawNow(
        _ present: Facts,
        onto line: inout StyledLine,
        _ gap: String,
        _ isNarrow: Bool,
        _ look: Look
    ) {
        let needing = present.index.needing
        line.append(gap)
        line.append("past", look[.warning])
        if !isNarrow {
            line.append(look.dot + "T", look[.key])
            line.append(" now", look[.dim])
        }
        if needing > 0 {
            line.append(isNarrow ? " " : ": ", look[.dim])
            line.spans.append(look.sign(.needsPerson))
            let words = isNarrow ? " \(needing)" : " \(needing) \(needing == 1 ? "needs" : "need") you"
            line.append(words, look[.statusNeedsPerson])
        }
        if present.connection.isLost { line.append(isNarrow ? " lost" : look.dot + "lost", look[.warning]) }
    }
}
