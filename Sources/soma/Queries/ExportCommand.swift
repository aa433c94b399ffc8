import ArgumentParser
import SomaCore
import SomaQueries
import SomaTerminal

/// `soma export WHAT`: everything of one kind, for another program.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write runs, transitions, effects or costs for other programs.",
        discussion: """
            The columns are those of the view of the same name (soma sql --schema), always
            in that order. In CSV, a text that a spreadsheet would run as a formula begins
            with an apostrophe; JSON has it as it is.

            Examples:
              soma export costs --since 7d >costs.csv
              soma export runs --format ndjson --out runs.ndjson
              soma export effects --from run.soma.ndjson --json | jq length
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "runs, transitions, effects or costs.")
    var what: Export

    @Option(help: ArgumentHelp("A store's file, a recording, - or demo.", valueName: "file"))
    var from: String?

    @Option(help: "csv (unless given), json or ndjson.")
    var format: RowFormat?

    @Option(help: ArgumentHelp("Only what happened from then on: 10m, 2h, or RFC 3339.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("The file; standard output where none is named.", valueName: "file"))
    var out: String?

    func run() async throws {
        let format = try RowFormat.chosen(format, global, or: .csv)
        guard format != .table else {
            throw CommandFailure(.usage, "An export is csv, json or ndjson.", hint: "soma sql shows tables.")
        }
        let since = try since.map(TimeArgument.parse)
        do {
            let query = try SQLQuery(what.sql, since: since)
            let source = try await QuerySource.open(from, global)
            try await query.load(source, since: since)
            await source.close()
            // Nobody waits for a first row here: an export may take as long as it takes.
            let outcome = try query.write(format, .init(time: .seconds(86_400)), to: out)
            if let out { Out.note("Wrote \(outcome.rows) rows into \(SafeText.line(out)).") }
        } catch let problem as SQLProblem {
            throw CommandFailure(problem)
        }
    }
}

extension Export: ExpressibleByArgument {}
