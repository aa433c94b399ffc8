import ArgumentParser
import SomaClient
import SomaConsole
import SomaCore
import SomaTerminal

/// `soma show RUN`: where one run stands.
struct ShowCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one run: state, plan, budget and outcome.",
        discussion: "Examples:\n  soma show 7f3a91\n  soma show 7f3a91 --json | jq .budget"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "A run.")
    var run: String

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        let document = try await daemon.run(run)
        if global.json { return Out.json(try JSON(encoding: document)) }
        let style = global.style
        let titles = await Self.titles(of: document, daemon)
        let question = try await OpenQuestion.lines(of: document, daemon, style: style)
        let report = RunReport.lines(document, titles: titles, now: Now.timestamp, style: style)
        for line in report + question { Out.line(line) }
    }

    /// What the steps of the plan are in words; empty where the words aren't there: then their names are shown.
    private static func titles(of run: RunDocument, _ daemon: Daemon) async -> [String] {
        guard !run.steps.isEmpty, let state = try? await daemon.client.state(of: run.id),
            let id = state.plan.words, let bytes = try? await daemon.client.content([id])[id]
        else { return [] }
        let titles = PlanWords.steps(SafeText.decode(bytes)).map(\.title)
        return titles.count == run.steps.count ? titles : []
    }
}

/// One run as text.
enum RunReport {
    /// - Parameter titles: The steps of the plan in words, where they are known.
    static func lines(_ run: RunDocument, titles: [String] = [], now: Timestamp, style: OutputStyle)
        -> [String]
    {
        let standing = run.standing
        let mark = style.paint("\(standing.mark.sign(.unicode)) \(standing.word)", standing.tint)
        var lines = ["\(mark)  \(style.paint(run.id.rawValue, .bold))  \(SafeText.line(run.role))"]
        func field(_ name: String, _ value: String) {
            guard !value.isEmpty else { return }
            let blank = String(repeating: " ", count: max(1, 11 - name.count))
            lines.append("  " + style.paint(name, .dim) + blank + value)
        }
        field("goal", SafeText.line(run.goal ?? ""))
        field("workspace", SafeText.line(run.workspace ?? ""))
        let start = run.startedAt.timestamp
        field("started", "\(LocalTime.day(start))  \(Amounts.time(now - start)) ago")
        if run.status.isTerminal { field("took", Amounts.time(run.lastAt.timestamp - start)) }
        if let parent = run.parent { field("parent", parent.short) }
        if let origin = run.origin { field("forked", "from \(origin.run.short)/\(origin.seq)") }
        if let holder = run.holder {
            let heard = run.holderHeardAt.map { ", heard of \(Amounts.time(now - $0.timestamp)) ago" } ?? ""
            field("holder", SafeText.line(holder) + heard)
        }
        for wait in run.waits {
            let seq = wait.seq.map { "\(run.id.short)/\($0)" } ?? ""
            let length = Amounts.time(now - wait.since.timestamp)
            let text = SafeText.line("\(wait.reason) \(wait.name)")
            field(
                "waits for",
                style.paint("\(text)  \(seq)  for \(length)", wait.needsPerson ? .attention : nil)
            )
        }
        field("at", SafeText.line(run.nodes.joined(separator: ", ")))
        field("budget", budget(run.budget))
        field("children", run.children.map(\.short).joined(separator: " "))
        field("counts", counts(run.counts))
        if !run.steps.isEmpty {
            lines.append("")
            for (index, step) in run.steps.enumerated() {
                let (sign, tint) = sign(step.state)
                let title =
                    titles.indices.contains(index) && !titles[index].isEmpty ? titles[index] : step.name
                lines.append("  \(style.paint(sign, tint)) \(index + 1)  \(SafeText.line(title))")
            }
        }
        let isEndedBadly = run.status == .failed || run.status == .cancelled
        if let ending = isEndedBadly ? run.endingWords : run.outcome, !ending.isEmpty {
            lines.append("")
            lines += SafeText.lines(ending)
        }
        return lines
    }

    private static func sign(_ state: Plan.StepState) -> (String, OutputStyle.Tint) {
        switch state {
        case .pending: ("·", .dim)
        case .active: ("●", .accent)
        case .done: ("✓", .good)
        case .failed: ("✗", .bad)
        case .skipped: ("–", .dim)
        }
    }

    private static func budget(_ budget: Budget) -> String {
        func part(_ used: Int, _ limit: Int?, _ text: (Int) -> String, _ unit: String) -> String? {
            guard used > 0 || limit != nil else { return nil }
            return text(used) + (limit.map { " of \(text($0))" } ?? "") + unit
        }
        return [
            part(budget.spent.steps, budget.limits.steps, { "\($0)" }, " steps"),
            part(budget.spent.tokens, budget.limits.tokens, Amounts.short, " tokens"),
            part(budget.spent.microdollars, budget.limits.microdollars, Amounts.money, ""),
        ].compactMap { $0 }.joined(separator: " · ")
    }

    private static func counts(_ counts: RunState.Counts) -> String {
        [
            (counts.effectsSucceeded, "effect", "effects"), (counts.effectsFailed, "failed", "failed"),
            (counts.retries, "retry", "retries"), (counts.accepted, "accepted", "accepted"),
            (counts.rejected, "rejected", "rejected"), (counts.replans, "replan", "replans"),
            (counts.recoveries, "recovery", "recoveries"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }.joined(separator: " · ")
    }

    /// One line about a run that has ended well: `✓ 496ajc done in 4s · 7 effects   soma show 496ajc`.
    static func ending(_ run: RunDocument, style: OutputStyle) -> String {
        let standing = run.standing
        let took = Amounts.time(run.lastAt.timestamp - run.startedAt.timestamp)
        let spent = run.budget.spent
        let (done, failed) = (run.counts.effectsSucceeded, run.counts.effectsFailed)
        let use = [
            "\(done) \(done == 1 ? "effect" : "effects")",
            failed > 0 ? "\(failed) failed" : "",
            spent.tokens > 0 ? "\(Amounts.short(spent.tokens)) tokens" : "",
            spent.microdollars > 0 ? Amounts.money(spent.microdollars) : "",
        ].filter { !$0.isEmpty }.joined(separator: " · ")
        let sign = style.paint("\(standing.mark.sign(.unicode))", standing.tint)
        let text = "\(run.id.short) done in \(took) · \(use)   soma log \(run.id.short)"
        return "\(sign) \(style.paint(SafeText.clip(text, to: style.columns - 3, mark: "…"), .dim))"
    }
}
