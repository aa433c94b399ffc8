import SomaCore

/// Says what a repository's history shows: most-changed files, commits, authors.
package struct GitLogStatsTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "git_log_stats",
        summary: """
            Reads the history of the workspace's git repository: the files that most commits changed, the number of \
            commits and of authors, the first and last date. Method `numstat` counts by another listing of git, for \
            checking.
            """,
        parameters: Parameters.object([
            "limit": Parameters.count("How many files are named.", 1...1000, byDefault: 10),
            "commits": Parameters.count(
                "How many commits are read, newest first.",
                1...100_000,
                byDefault: 5000
            ),
            "method": Parameters.choice("How changed files are listed.", ["name_only", "numstat"]),
        ]),
        effect: .read,
        reach: .nothing,
        risk: "Shows file names and dates of the history to the model.",
        timeout: .seconds(60)
    )

    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult {
        let isNumbered = arguments["method"]?.string == "numstat"
        let log = try GitProgram.output(
            [
                "log", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--no-show-signature",
                "--max-count=\(arguments["commits"]?.int ?? 5000)", "--format=%x01%ct%x02%ae",
                isNumbered ? "--numstat" : "--name-only",
            ],
            in: workspace,
            stop: stop,
            timeout: policy.timeout ?? specification.timeout
        )
        return GitHistory(log, isNumbered: isNumbered).result(limit: arguments["limit"]?.int ?? 10)
    }
}

/// Counts over the output of `git log`.
struct GitHistory {
    private(set) var commits = 0
    private(set) var authors: Set<Substring> = []
    private(set) var changes: [Substring: Int] = [:]
    private(set) var first = Int.max
    private(set) var last = 0

    /// - Parameter log: Commits that begin with U+0001, then time, U+0002 and the author, then one file a line.
    init(_ log: String, isNumbered: Bool) {
        for line in log.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.unicodeScalars.first == "\u{1}" {
                let parts = line.dropFirst().split(separator: "\u{2}", maxSplits: 1)
                commits += 1
                if let time = parts.first.flatMap({ Int($0) }) {
                    first = min(first, time)
                    last = max(last, time)
                }
                if parts.count > 1 { authors.insert(parts[1]) }
            } else {
                let path = isNumbered ? line.split(separator: "\t", maxSplits: 2).last ?? line : line
                changes[path, default: 0] += 1
            }
        }
    }

    func result(limit: Int) -> ToolResult {
        let most = changes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
        let days = commits == 0 ? 0 : (last - first) / 86400
        return ToolResult(
            output: [
                "commits": JSON(commits), "authors": JSON(authors.count), "days": JSON(days),
                "first_unix_seconds": JSON(commits == 0 ? 0 : first), "last_unix_seconds": JSON(last),
                "files_changed": JSON(changes.count), "changes": JSON(changes.values.reduce(0, +)),
                "most_changed": .array(
                    most.map { ["path": .string(String($0.key)), "commits": JSON($0.value)] }
                ),
            ],
            text: (["\(commits) commits by \(authors.count) authors over \(days) days"]
                + most.map { "\($0.value) × \($0.key)" }).joined(separator: "\n")
        )
    }
}
