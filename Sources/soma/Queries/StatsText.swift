import SomaConsole
import SomaCore
import SomaTerminal

/// The numbers of a fleet as a person reads them.
enum StatsText {
    static func lines(_ report: StatsReport, _ style: OutputStyle) -> [String] {
        var table = TextTable(["", ""])
        func add(_ name: String, _ text: String) { table.rows.append([(name, .dim), (text, nil)]) }
        let statuses = report.statuses.map { "\($0.count) \($0.status.rawValue)" }.joined(separator: ", ")
        var runs = report.runs == 0 ? "none" : "\(Amounts.grouped(report.runs)): \(statuses)"
        if report.needPerson > 0 { runs += "; \(count(report.needPerson, "waits", "wait")) for you" }
        add("Runs", runs)
        if report.durations.count > 0 {
            add("", "took \(spread(report.durations)); at work \(spread(report.worked))")
        }
        add("Transitions", Amounts.grouped(report.transitions))
        add("Models", calls(report.models))
        if !report.models.usage.isZero { add("", tokens(report.models)) }
        add("Tools", calls(report.tools))
        add("Cost", cost(report.total))
        if report.total.calls.unpriced > 0 {
            let unpriced = count(report.total.calls.unpriced, "call", "calls")
            add(
                "",
                "\(unpriced) to models without a price \(report.total.calls.unpriced == 1 ? "counts" : "count") as free"
            )
        }
        if report.asked > 0 {
            var text = "asked \(count(report.asked, "time", "times")), answered \(report.answered)"
            if report.answered > 0 { text += " (\(spread(report.waits)))" }
            if report.open > 0 { text += ", \(report.open) open" }
            if report.abandoned > 0 { text += ", \(report.abandoned) left when the run ended" }
            add("People", text)
        }
        for (index, budget) in report.budgets.enumerated() {
            let of = "\(amount(budget.used, budget.dimension)) of \(amount(budget.limit, budget.dimension))"
            add(
                index == 0 ? "Budgets" : "",
                "\(of) \(name(budget.dimension)), \(count(budget.runs, "run", "runs"))"
            )
        }
        for run in report.fullest {
            add("", "\(run.run.short) \(run.role): \(percent(run.fraction)) of a limit")
        }
        let rate = report.rate
        add(
            "Rate",
            "\(money(rate.lastHour.microdollars)) in the last hour; "
                + "\(money(whole(rate.microdollarsPerHour))) an hour over the last 24"
        )
        add(
            "Forecast",
            "\(money(whole(rate.monthForecast))) for \(rate.month), "
                + "of which \(money(rate.monthSoFar.microdollars)) so far"
        )
        add("", BurnRate.method)
        // The table's header has no words here.
        var lines = Array(table.lines(style).dropFirst())
        guard !report.trees.isEmpty else { return lines }
        var trees = TextTable(["RUN", "ROLE", "SELF", "WITH ALL BELOW", "TOKENS"], rightAligned: [2, 3, 4])
        for tree in report.trees {
            trees.rows.append([
                (tree.run.short, nil), (tree.role, nil), (money(tree.own.microdollars), nil),
                (money(tree.subtree.microdollars), nil), (Amounts.short(tree.subtree.tokens), nil),
            ])
        }
        lines += [""] + trees.lines(style)
        return lines
    }

    static func table(_ groups: [CostGroup], _ dimension: CostDimension) -> TextTable {
        // How amounts are known, where not all are known in the same way: the cost is that one's otherwise.
        var provenances = [Provenance.reported, .measured, .estimated, .unstated].filter { provenance in
            groups.contains { !$0.sum[provenance].isZero }
        }
        if provenances.count == 1 { provenances = [] }
        let titles =
            [dimension.rawValue.uppercased(), "RUNS", "CALLS", "FAILED", "TOKENS", "IN", "OUT", "COST"]
            + provenances.map { $0.name.uppercased() }
        var table = TextTable(titles, rightAligned: Set(1..<titles.count))
        for group in groups {
            let usage = group.sum.usage
            let amounts = provenances.map { money(group.sum[$0].microdollars) }
            let cells =
                [
                    group.name.isEmpty ? "–" : group.name, "\(group.runs)",
                    Amounts.grouped(group.sum.calls.requested),
                    failed(group.sum.calls), Amounts.short(usage.tokens), Amounts.short(group.sum.input),
                    Amounts.short(group.sum.output), money(usage.microdollars),
                ] + amounts
            table.rows.append(cells.map { ($0, nil) })
        }
        return table
    }

    private static func calls(_ sum: CostSum) -> String {
        guard sum.calls.requested > 0 || sum.calls.ended > 0 else { return "no calls" }
        var text = "\(count(sum.calls.requested, "call", "calls")), \(failed(sum.calls)) failed"
        if sum.calls.retried > 0 { text += ", \(Amounts.grouped(sum.calls.retried)) tried again" }
        return text
    }

    private static func count(_ count: Int, _ one: String, _ many: String) -> String {
        "\(Amounts.grouped(count)) \(count == 1 ? one : many)"
    }

    private static func failed(_ calls: CallCounts) -> String {
        guard let rate = calls.failureRate, calls.failed > 0 else { return "0" }
        return "\(Amounts.grouped(calls.failed)) (\(percent(rate)))"
    }

    private static func tokens(_ sum: CostSum) -> String {
        let tokens = "\(Amounts.short(sum.usage.tokens)) tokens"
        guard sum.input > 0 || sum.output > 0 else { return tokens }
        return "\(tokens): \(Amounts.short(sum.input)) in, \(Amounts.short(sum.output)) out"
    }

    private static func cost(_ sum: CostSum) -> String {
        let parts = Provenance.allCases.compactMap { provenance -> String? in
            let amount = sum[provenance]
            return amount.isZero ? nil : "\(money(amount.microdollars)) \(provenance.name)"
        }
        let total = money(sum.usage.microdollars)
        return parts.isEmpty ? total : "\(total): \(parts.joined(separator: ", "))"
    }

    private static func spread(_ spread: StatsReport.Spread) -> String {
        "p50 \(Amounts.span(spread.median ?? 0)), p95 \(Amounts.span(spread.p95 ?? 0))"
    }

    private static func amount(_ value: Int, _ dimension: Budget.Dimension) -> String {
        switch dimension {
        case .microdollars: money(value)
        case .seconds: Amounts.time(.seconds(value))
        case .tokens, .steps: Amounts.short(value)
        }
    }

    private static func name(_ dimension: Budget.Dimension) -> String {
        switch dimension {
        case .microdollars: "cost"
        case .seconds: "at work"
        case .tokens: "tokens"
        case .steps: "steps"
        }
    }

    private static func money(_ microdollars: Int) -> String { Amounts.money(microdollars) }

    private static func percent(_ part: Double) -> String { "\((part * 1000).rounded() / 10) %" }

    private static func whole(_ value: Double) -> Int {
        Int(exactly: value.rounded()) ?? (value < 0 ? 0 : .max)
    }
}
