import SomaCore
import SomaTerminal

/// The lines about the selected group: what it comes to, how fast it grows, and what its budgets leave.
enum CostDetail {
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard rect.rows >= 3, let line = state.costView.line else { return }
        let lines = [title(line, state, look), amounts(line, look), pace(line, state, look)]
        let rest = rect.rows >= 6 ? budgets(line, state, look) : nil
        for (row, words) in (lines + [rest].compactMap(\.self)).prefix(rect.rows - 1).enumerated() {
            look.draw(words, on: &canvas, in: rect.part(column: row == 0 ? 1 : 3, row: row + 1))
        }
    }

    private static func title(_ line: CostLine, _ state: AppState, _ look: Look) -> StyledLine {
        let axis = state.costAxis
        let name = axis == .run ? line.name.text.map { RunID($0).short } : nil
        var words = StyledLine("\(axis.rawValue) ", look[.dim])
        words.append((name ?? axis.words(line.name)).firstLine, look[.title])
        var facts: [String] = []
        if axis != .run { facts.append("\(Amounts.grouped(line.runs)) \(line.runs == 1 ? "run" : "runs")") }
        if line.open > 0, axis != .run { facts.append("\(Amounts.grouped(line.open)) at work") }
        if line.read < line.runs {
            facts.append(
                axis == .run
                    ? "its log was not read"
                    : "\(line.read == 0 ? "no log" : "logs of \(Amounts.grouped(line.read))") read"
            )
        }
        if !facts.isEmpty { words.append(look.dot + facts.joined(separator: look.dot), look[.dim]) }
        return words
    }

    private static func amounts(_ line: CostLine, _ look: Look) -> StyledLine {
        let sum = line.amounts
        var words = StyledLine("used    ", look[.dim])
        if sum.microdollars > 0 { words.append(Amounts.money(sum.microdollars) + look.dot) }
        words.append("\(Amounts.short(sum.tokens)) tokens")
        func add(_ count: Int, _ noun: String) {
            guard count > 0 else { return }
            words.append("\(look.dot)\(Amounts.short(count)) \(noun)", look[.dim])
        }
        add(sum.input, "in")
        add(sum.output, "out")
        add(sum.asks, sum.asks == 1 ? "call to a model" : "calls to models")
        add(sum.calls, sum.calls == 1 ? "call to a tool" : "calls to tools")
        if sum.unreadTokens > 0 || sum.unreadMicrodollars > 0 {
            let amount =
                sum.unreadMicrodollars > 0
                ? Amounts.money(sum.unreadMicrodollars) : "\(Amounts.short(sum.unreadTokens)) tokens"
            words.append("\(look.dot)\(amount) of it in logs that were not read", look[.dim])
        }
        return words
    }

    private static func pace(_ line: CostLine, _ state: AppState, _ look: Look) -> StyledLine {
        let measure = state.costView.table.measure
        let forecast = CostForecast(line.amounts, measure, hoursLeft: state.costHoursLeft)
        func sure(_ amount: Int, _ pace: CostAmounts.Pace) -> String {
            (pace.unsure(measure) > 0 ? look.atLeast : "") + measure.words(amount)
        }
        var words = StyledLine("pace    ", look[.dim])
        guard forecast.today > 0 || forecast.hour > 0 || forecast.isUnsure else {
            words.append("nothing today", look[.dim])
            return words
        }
        words.append("\(sure(forecast.hour, line.amounts.recent)) in the last hour")
        words.append("\(look.dot)\(sure(forecast.today, line.amounts.today)) today", look[.dim])
        let left = Amounts.time(.seconds(state.costHoursLeft * 3_600))
        words.append(
            "\(look.dot)\(measure.words(forecast.dayEnd)) by midnight, in \(left), if hours stay like the last",
            look[.dim]
        )
        return words
    }

    private static func budgets(_ line: CostLine, _ state: AppState, _ look: Look) -> StyledLine? {
        guard state.costHasBudgets, line.open > 0 else { return nil }
        let forecast = CostForecast(line.amounts, .money, hoursLeft: state.costHoursLeft)
        var words = StyledLine("budget  ", look[.dim])
        func add(_ text: String) {
            words.append((words.spans.count > 1 ? look.dot : "") + text, look[.dim])
        }
        func runs(_ count: Int, _ one: String, _ many: String) {
            if count > 0 { add("\(Amounts.grouped(count)) \(count == 1 ? "run \(one)" : "runs \(many)")") }
        }
        if line.boundless + line.within < line.open {
            words.append("\(Amounts.money(line.left)) left for what is at work")
            if let lasts = forecast.lasts(line.left), line.left > 0 {
                words.append("\(look.dot)lasts \(Amounts.time(lasts)) at this pace", look[.dim])
            }
        }
        runs(line.within, "within the budget of one above it", "within the budgets of others above them")
        runs(line.boundless, "has no limit on money", "have no limit on money")
        if state.costAxis == .run, let run = line.name.text.flatMap({ state.fleet[RunID($0)] }),
            let bar = BudgetBar(run, at: state.moment)
        {
            words.append("\(look.dot)\(bar.limit) ", look[.dim])
            words.spans += bar.line(columns: 12, look).spans
        }
        return words
    }
}
