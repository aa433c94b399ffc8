import SomaCore
import SomaTerminal

/// What stands above the list of costs: the totals, what was used when, and how full the budgets are.
enum CostHead {
    /// How many hours the strip shows.
    static let hours = 24

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !rect.isEmpty else { return }
        look.draw(totals(state, rect.columns, look), on: &canvas, in: rect.line(0))
        guard rect.rows >= 2 else { return }
        look.draw(strip(state, rect.columns, look), on: &canvas, in: rect.line(1))
    }

    /// What is listed, and what all of it comes to. An amount is there whole or not at all.
    private static func totals(_ state: AppState, _ columns: Int, _ look: Look) -> StyledLine {
        let table = state.costView.table
        let (measure, amounts) = (table.measure, table.total.amounts)
        let forecast = CostForecast(amounts, measure, hoursLeft: state.costHoursLeft)
        var title = StyledLine([])
        for part in state.costParts { title.append(part.words.firstLine + " ", look[.title]) }
        title.append("by \(state.costAxis.rawValue)", look[.title])
        if state.costView.isTree { title.append(" with subtrees", look[.title]) }
        func part(_ name: String, _ value: String, _ isUnsure: Bool = false) -> StyledLine {
            var part = StyledLine("   \(name) ", look[.dim])
            part.append((isUnsure ? look.atLeast : "") + value)
            return part
        }
        var whole = part("in all", measure.words(amounts.amount(measure)))
        if measure == .tokens, amounts.tokens > 0 { whole.append(" tokens, none with a price", look[.dim]) }
        let parts = [
            part("today", measure.words(forecast.today), amounts.today.unsure(measure) > 0),
            part("last hour", measure.words(forecast.hour), amounts.recent.unsure(measure) > 0),
            part("by midnight", measure.words(forecast.dayEnd), forecast.isUnsure), whole,
        ]
        // What is left out first, where there is no room: the last hour is each group's pace as well.
        var left = [0, 1, 2, 3]
        for place in [1, 2, 3]
        where left.reduce(title.columns, { $0 + parts[$1].columns }) > columns && left.count > 1 {
            left.removeAll { $0 == place }
        }
        for place in left { title.spans += parts[place].spans }
        return title
    }

    /// What each of the last hours used, and how full the open budgets are: as many words as there is room for.
    private static func strip(_ state: AppState, _ columns: Int, _ look: Look) -> StyledLine {
        let table = state.costView.table
        let measure = table.measure
        let hour = CostMoment(state.moment, state.clock).hour
        let values = (0..<hours).map { (table.hours[hour - hours + 1 + $0] ?? CostAmounts()).amount(measure) }
        var bars = StyledLine("24 h ", look[.dim])
        bars.append(
            Sparkline.text(values.map(Double.init), columns: hours, glyphs: look.glyphs),
            look[.chart1]
        )
        var words = [" nothing, as far as was read"]
        if let most = values.max(), most > 0, let place = values.lastIndex(of: most) {
            let at = ((hour - hours + 1 + place) % 24 + 24) % 24
            words = [" most \(measure.words(most)) at \(at):00", " to \(measure.words(most))", ""]
            if columns < 100, table.budget.limit > 0 { words.removeFirst() }
        }
        var lines: [StyledLine] = []
        for (words, hasGauge) in words.map({ ($0, true) }) + words.map({ ($0, false) }) {
            var line = bars
            line.append(words, look[.dim])
            line.spans += budgets(table, hasGauge: hasGauge, look)
            lines.append(line)
        }
        return lines.first { $0.columns <= columns } ?? bars
    }

    /// How full the open budgets are.
    private static func budgets(_ table: CostTable, hasGauge: Bool, _ look: Look) -> [StyledLine.Span] {
        guard table.budget.limit > 0 else { return [] }
        let used = Double(table.budget.used) / Double(table.budget.limit)
        let style = look[used >= 1 ? .bad : used >= 0.9 ? .warning : .gauge]
        var line = StyledLine("   open budgets", look[.dim])
        if hasGauge {
            line.append(" ", look[.dim])
            line.spans +=
                Gauge.line(used, columns: 10, theme: look.theme, style: style, glyphs: look.glyphs).spans
        }
        let percent = used >= 1 ? 100 : min(99, Int((used * 100).rounded()))
        line.append(" \(percent) % of \(Amounts.money(table.budget.limit))", used >= 0.9 ? style : look[.dim])
        return line.spans
    }

    /// The group's part of everything, as a bar.
    static func share(_ line: CostLine, _ table: CostTable, columns: Int, _ look: Look) -> StyledLine {
        let all = table.total.amounts.amount(table.measure)
        let amount = line.amounts.amount(table.measure)
        guard all > 0, columns >= 8 else { return StyledLine(look.none, look[.dim]) }
        let share = Double(amount) / Double(all)
        let style = look[line.name == .unread ? .dim : .gauge]
        var bar = Gauge.line(
            share,
            columns: columns - 5,
            theme: look.theme,
            style: style,
            glyphs: look.glyphs
        )
        let percent = amount == all ? 100 : amount == 0 ? 0 : min(99, max(1, Int((share * 100).rounded())))
        let number = "\(percent)%"
        bar.append(String(repeating: " ", count: max(1, 5 - number.count)) + number, look[.dim])
        return bar
    }
}

extension AppState {
    /// How much of the person's day is left, in hours.
    var costHoursLeft: Double { CostMoment(moment, clock).hoursLeft }
}
