public import ArgumentParser
import SomaConsole
public import SomaCore
import SomaTerminal

/// `soma ps`: the runs, those that wait for a person first.
struct PsCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List runs, those that wait for you first.",
        discussion: """
            Examples:
              soma ps                      runs that have not ended
              soma ps --all --role coder   all runs of one role
              soma ps --needs-me --json    what waits for you, for a script
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Flag(name: [.short, .long], help: "Runs that have ended, too.")
    var all = false

    @Option(
        help: ArgumentHelp("Only these: running, paused, completed, failed, cancelled.", valueName: "status")
    )
    var status: RunStatus?

    @Option(help: ArgumentHelp("Only runs of this role.", valueName: "role"))
    var role: String?

    @Flag(help: "Only runs that wait for a person.")
    var needsMe = false

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        let isFiltered = status != nil || role != nil
        var runs = try await daemon.runs(all: all || status?.isTerminal == true)
        if let status { runs.removeAll { $0.status != status } }
        if let role { runs.removeAll { $0.role != role } }
        if needsMe { runs.removeAll { !$0.needsPerson } }
        runs = RunList.ordered(runs)
        if global.json { return Out.json(.array(try runs.map { try JSON(encoding: $0) })) }
        guard !runs.isEmpty else {
            Out.note(
                needsMe
                    ? "Nothing waits for you."
                    : isFiltered
                        ? "No run is like that."
                        : "No runs\(all ? " yet" : " at work"). Try: soma run \"survey .\""
            )
            return
        }
        for line in RunList.table(runs, now: Now.timestamp).lines(global.style) { Out.line(line) }
    }
}

extension RunStatus: ExpressibleByArgument {}

/// Lists of runs as text.
enum RunList {
    /// Who waits for a person first, the longest first of all; then what is at work, then what has ended, each the latest first.
    static func ordered(_ runs: [RunDocument]) -> [RunDocument] {
        func rank(_ run: RunDocument) -> Int { run.needsPerson ? 0 : run.status.isTerminal ? 2 : 1 }
        return runs.sorted { left, right in
            if rank(left) != rank(right) { return rank(left) < rank(right) }
            if let since = waited(left), let other = waited(right), since != other { return since < other }
            return left.startedAt.timestamp > right.startedAt.timestamp
        }
    }

    /// Since when a person has been waited for, where one is.
    private static func waited(_ run: RunDocument) -> Timestamp? {
        run.waits.filter(\.needsPerson).map(\.since.timestamp).min()
    }

    static func table(_ runs: [RunDocument], now: Timestamp) -> TextTable {
        // Runbooks use no tokens: columns that say nothing leave their room to the goal.
        let hasUse = runs.contains { $0.budget.spent.tokens > 0 || $0.budget.spent.microdollars > 0 }
        let use = hasUse ? ["TOKENS", "COST"] : []
        var table = TextTable(
            ["", "STATE", "RUN", "ROLE", "NODE", "STEP", "TIME"] + use + ["GOAL"],
            rightAligned: hasUse ? [5, 6, 7, 8] : [5, 6]
        )
        for run in runs {
            let standing = run.standing
            let done = run.steps.count { $0.state == .done || $0.state == .skipped }
            let age = (run.status.isTerminal ? run.lastAt.timestamp : now) - run.startedAt.timestamp
            let spent = run.budget.spent
            let amounts: [(text: String, tint: OutputStyle.Tint?)] = [
                (spent.tokens == 0 ? "–" : Amounts.short(spent.tokens), nil),
                (spent.microdollars == 0 ? "–" : Amounts.money(spent.microdollars), nil),
            ]
            let row: [(text: String, tint: OutputStyle.Tint?)] = [
                (String(standing.mark.sign(.unicode)), standing.tint),
                (standing.word, standing.tint),
                (run.id.short, nil),
                (run.role, nil),
                (run.nodes.last ?? (run.status.isTerminal ? "end" : ""), .dim),
                (
                    run.steps.isEmpty
                        ? "–"
                        : "\(min(done + (run.status.isTerminal ? 0 : 1), run.steps.count))/\(run.steps.count)",
                    nil
                ),
                (Amounts.time(age), .dim),
            ]
            table.rows.append(row + (hasUse ? amounts : []) + [(run.summary, nil)])
        }
        return table
    }
}

extension RunDocument {
    /// The goal; of a run that ended badly, why.
    var summary: String {
        let goal = goal ?? ""
        guard status == .failed || status == .cancelled else { return goal }
        let reason = endingWords
        return reason.isEmpty ? goal : "\(goal) — \(reason)"
    }

    /// The state as the console shows it.
    var standing: RunStanding {
        switch status {
        case .unknown: .init(mark: .unknown, word: "new")
        case .completed: .init(mark: .done, word: "done")
        case .failed: .init(mark: .failed, word: "failed")
        case .cancelled: .init(mark: .cancelled, word: "cancel")
        case .running, .paused:
            if let wait = waits.first, let reason = Waiting.Reason(rawValue: wait.reason) {
                .init(reason)
            } else {
                .init(mark: .running, word: "run")
            }
        }
    }
}

extension RunStanding {
    var tint: OutputStyle.Tint {
        switch mark {
        case .running: .accent
        case .needsPerson, .inDoubt, .stale: .attention
        case .done: .good
        case .failed: .bad
        case .waiting, .cancelled, .unknown: .dim
        }
    }
}
