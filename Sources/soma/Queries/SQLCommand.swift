import ArgumentParser
import Glibc
import SomaCore
import SomaQueries
import SomaSettings
import SomaTerminal

/// `soma sql QUERY`: a question that nobody foresaw.
struct SQLCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Ask runs, calls and costs anything, in SQL.",
        discussion: """
            Views: runs, transitions, effects, models, facts, interrupts, children and
            costs; soma sql --schema describes each column. It is SQLite's SQL, and it
            only reads. Without --from, the daemon is asked, or the store that it left.

            Examples:
              soma sql "SELECT role, sum(usd) FROM costs GROUP BY role"
              soma sql "SELECT * FROM effects WHERE state = 'failed'" --format csv
              soma sql --from run.soma.ndjson "SELECT kind, count(*)
                FROM transitions GROUP BY kind"
              soma sql - <question.sql
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "The query; - reads it from standard input.")
    var query: String?

    @Option(help: ArgumentHelp("A store's file, a recording, - or demo.", valueName: "file"))
    var from: String?

    @Flag(help: "Print the views, with a comment on each column.")
    var schema = false

    @Option(help: "table (unless given), csv, json or ndjson.")
    var format: RowFormat?

    @Option(help: ArgumentHelp("Only what happened from then on: 10m, 2h, or RFC 3339.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("How long the query may run (30s).", valueName: "time"))
    var timeout: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many rows at most; 0: all. A table has 1000.", valueName: "n")
    )
    var limit: Int?

    func run() async throws {
        if schema { return Out.line(ViewSchema.text) }
        let format = try RowFormat.chosen(format, global, or: .table)
        let sql = try text()
        var limits = SQLQuery.Limits(rows: format == .table ? 1000 : nil)
        if let timeout {
            guard let time = DurationText.parse(timeout), time > .zero else {
                throw CommandFailure(
                    .usage,
                    "--timeout: \"\(timeout)\" is no length of time: give 30s or 5m."
                )
            }
            limits.time = time
        }
        if let limit {
            guard limit >= 0 else { throw CommandFailure(.usage, "--limit must be at least 0.") }
            limits.rows = limit == 0 ? nil : limit
        }
        do {
            try await ask(sql, format, limits, since: try since.map(TimeArgument.parse))
        } catch let problem as SQLProblem {
            throw CommandFailure(problem)
        }
    }

    private func text() throws -> String {
        guard query == "-" || (query == nil && isatty(STDIN_FILENO) != 1 && from != "-") else {
            guard let query else {
                throw CommandFailure(
                    .usage,
                    "There is no query.",
                    hint:
                        "soma sql \"SELECT * FROM runs\"\nsoma sql --schema lists the views and their columns."
                )
            }
            return query
        }
        guard from != "-" else {
            throw CommandFailure(.usage, "The query and the recording can't both come from standard input.")
        }
        return String(decoding: try InputFile.bytes("-"), as: UTF8.self)
    }

    private func ask(
        _ sql: String,
        _ format: RowFormat,
        _ limits: SQLQuery.Limits,
        since: Timestamp?
    ) async throws {
        // What is wrong with the query is said before anything is read.
        let query = try SQLQuery(sql, since: since)
        let source = try await QuerySource.open(from, global)
        try await query.load(source, since: since)
        await source.close()
        let outcome: SQLQuery.Outcome
        if format == .table {
            outcome = try QueryTable.show(query, limits, style: global.style)
        } else {
            outcome = try query.write(format, limits, to: nil)
        }
        if outcome.isCut {
            Out.note(
                "There is more than \(outcome.rows) rows: --limit \(outcome.rows * 10), or --limit 0 for all."
            )
        }
    }
}

extension SQLQuery {
    /// Fills the views from a source.
    func load(_ source: QuerySource, since: Timestamp?) async throws {
        try await source.read(since: since) {
            take(base: $0)
        } _: {
            try take($0)
        }
        try finish(words: try await source.words(wanted))
    }

    /// Writes the rows as they come.
    func write(_ format: RowFormat, _ limits: Limits, to path: String?) throws -> Outcome {
        var output = try RowOutput(path: path)
        var writer = RowWriter(RowWriter.Format(rawValue: format.rawValue) ?? .ndjson, columns: columns)
        output.write(writer.begin())
        let outcome = try rows(limits: limits) { row throws(SQLProblem) in
            output.write(writer.row(row))
            return true
        }
        output.write(writer.end())
        output.finish()
        return outcome
    }
}

/// The rows of a query as a table for people.
enum QueryTable {
    /// The most that is held for a table, in bytes: its columns are as wide as its widest cell.
    private static let bytesMax = 64 << 20
    /// How much of a cell is shown where lines are cut to a terminal.
    private static let charactersMax = 1000

    static func show(
        _ query: SQLQuery,
        _ limits: SQLQuery.Limits,
        style: OutputStyle
    ) throws -> SQLQuery.Outcome {
        var table = TextTable(query.columns.map { SafeText.line($0) })
        var bytes = 0
        var isNumber = query.columns.map { _ in true }
        var outcome = try query.rows(limits: limits) { row throws(SQLProblem) in
            table.rows.append(
                row.enumerated().map { index, cell in
                    if cell != .null { isNumber[index] = isNumber[index] && cell.isNumber }
                    var text = cell.text
                    if style.limit != nil { text = String(text.prefix(charactersMax)) }
                    bytes += text.utf8.count
                    return (text, cell == .null ? .dim : nil)
                }
            )
            return bytes < bytesMax
        }
        outcome.isCut = outcome.isCut || bytes >= bytesMax
        table.rightAligned = Set(isNumber.indices.filter { isNumber[$0] })
        for line in table.lines(style) { Out.line(line) }
        if table.rows.isEmpty { Out.note("No rows.") }
        return outcome
    }
}
