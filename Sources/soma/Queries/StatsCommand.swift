import ArgumentParser
import SomaConsole
import SomaCore
import SomaQueries
import SomaTerminal

/// `soma stats`: runs, calls, costs and waits in numbers.
struct StatsCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show runs, calls, costs and waits in numbers.",
        discussion: """
            Amounts that a provider reported, that were measured and that were estimated
            are kept apart. The forecast is plain arithmetic, and says which.

            Examples:
              soma stats --since 24h
              soma stats --by model
              soma stats --by day --format csv >costs-by-day.csv
              soma stats --from run.soma.ndjson --json
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Option(help: "A list by role, model, tool, conversation, tenant or day.")
    var by: CostDimension?

    @Option(help: ArgumentHelp("Only what happened from then on: 10m, 2h, or RFC 3339.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("A store's file, a recording, - or demo.", valueName: "file"))
    var from: String?

    @Option(help: "table (unless given), csv, json or ndjson.")
    var format: RowFormat?

    func run() async throws {
        let format = try RowFormat.chosen(format, global, or: .table)
        let since = try since.map(TimeArgument.parse)
        let source = try await QuerySource.open(from, global)
        var stats = FleetStats(since: since)
        try await source.read(since: since) {
            stats.take(base: $0)
        } _: {
            stats.apply($0)
        }
        await source.close()
        let report = stats.report(at: source.now(stats))
        let groups = by.map { stats.ledger.groups(by: $0) } ?? []
        switch format {
        case .table:
            let style = global.style
            if let by {
                for line in StatsText.table(groups, by).lines(style) { Out.line(line) }
                if groups.isEmpty { Out.note("Nothing has been used yet.") }
            } else {
                for line in StatsText.lines(report, style) { Out.line(line) }
            }
        case .json:
            guard var document = report.json.object else { return }
            if let by { document["by_\(by.rawValue)"] = .array(groups.map { .object($0.document(by)) }) }
            Out.json(.object(document))
        case .csv, .ndjson: try write(report, groups, format)
        }
    }

    /// The list where there is one, or else a line a number.
    private func write(_ report: StatsReport, _ groups: [CostGroup], _ format: RowFormat) throws {
        var columns = ["measure", "value"]
        var rows = report.measures.map { [SQLCell.text($0.measure), SQLCell($0.value)] }
        if let by {
            columns = CostGroup.columns(by)
            rows = groups.map { $0.document(by).members.map { SQLCell($0.value) } }
        }
        var output = try RowOutput(path: nil)
        var writer = RowWriter(RowWriter.Format(rawValue: format.rawValue) ?? .ndjson, columns: columns)
        output.write(writer.begin())
        for row in rows { output.write(writer.row(row)) }
        output.write(writer.end())
        output.finish()
    }
}

extension CostDimension: ExpressibleByArgument {}
