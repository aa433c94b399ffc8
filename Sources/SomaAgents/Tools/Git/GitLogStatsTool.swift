import Glibc
import SomaCore

/// Says what a repository's history shows: most-changed files, commits, authors.
package struct GitLogStatsTool: FileTool {
    /// The most commits that are counted; of so many only a few kernels have more.
    private static let countedMax = 1_000_000

    package init() {}

    package let specification = ToolSpecification(
        name: "git_log_stats",
        summary: """
            Reads the history of the workspace's git repository: the number of commits and of authors, the first and \
            last day, and of the newest commits the files that most of them changed, as far as they are still there. \
            Method `raw` counts by another listing of git, for checking.
            """,
        parameters: Parameters.object([
            "path": Parameters.path("Only commits that changed something below this folder.", byDefault: "."),
            "limit": Parameters.count("How many files are named.", 1...1000, byDefault: 10),
            "commits": Parameters.count(
                "Of how many commits the changed files are read, newest first; all are counted.",
                1...100_000,
                byDefault: 5000
            ),
            "method": Parameters.choice("How changed files are listed.", ["name_only", "raw"]),
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
        let isRaw = arguments["method"]?.string == "raw"
        let path = try workspace.relative(arguments["path"]?.string ?? ".")
        let deadline = ContinuousClock.now.advanced(by: policy.timeout ?? specification.timeout)
        func log(_ options: [String]) throws(ToolError) -> [UInt8] {
            try GitProgram.output(
                ["log", "--no-ext-diff", "--no-textconv", "--no-color", "--no-show-signature"] + options
                    // A path, even of everything, makes git pass over merges.
                    + (path == .root ? [] : ["--", path.text]),
                in: workspace,
                stop: stop,
                timeout: max(.zero, ContinuousClock.now.duration(to: deadline))
            )
        }
        var history = GitHistory()
        history.addCommits(try log(["--format=%ct %ae", "--max-count=\(Self.countedMax)"]), now: time(nil))
        history.addChanges(
            try log([
                "--no-renames", "--max-count=\(arguments["commits"]?.int ?? 5000)", "--format=%x01",
                // Listing objects compares no contents: it costs no more than the names.
                isRaw ? "--raw" : "--name-only", "--no-abbrev",
            ]),
            isRaw: isRaw
        )
        let isShallow = workspace.status(WorkspacePath.root.appending(".git").appending("shallow")) != nil
        return history.result(limit: arguments["limit"]?.int ?? 10, isShallow: isShallow) { file in
            guard let path = try? workspace.relative(file), let status = workspace.status(path) else {
                return false
            }
            return FileKind(mode: status.st_mode) == .file
        }
    }
}

/// Counts over the output of `git log`.
struct GitHistory {
    private static let yearSeconds = 365 * 86_400

    private(set) var commits = 0
    private(set) var commitsLastYear = 0
    private(set) var authors: Set<[UInt8]> = []
    private var first = Int.max
    private var last = 0
    /// Commits whose changes were read.
    private(set) var commitsRead = 0
    private(set) var changes: [[UInt8]: Int] = [:]

    /// - Parameter log: One commit a line: its time in seconds, a space, the author's address.
    mutating func addCommits(_ log: [UInt8], now: Int) {
        for line in log.split(separator: 0x0A) {
            guard let space = line.firstIndex(of: 0x20),
                let time = Int(String(decoding: line[..<space], as: UTF8.self))
            else { continue }
            commits += 1
            if time > now - Self.yearSeconds { commitsLastYear += 1 }
            first = min(first, time)
            last = max(last, time)
            authors.insert(Array(line[(space + 1)...]))
        }
    }

    /// - Parameter log: Commits as a line with U+0001, then one changed file a line.
    mutating func addChanges(_ log: [UInt8], isRaw: Bool) {
        for line in log.split(separator: 0x0A) {
            if line.first == 1 {
                commitsRead += 1
            } else if isRaw {
                // `:100644 100644 <object> <object> M<tab>path`
                if let tab = line.firstIndex(of: 0x09) {
                    changes[Array(line[(tab + 1)...]), default: 0] += 1
                }
            } else {
                changes[Array(line), default: 0] += 1
            }
        }
    }

    /// The counts; of the changed files those that are still there are named.
    func result(limit: Int, isShallow: Bool, isThere: (String) -> Bool) -> ToolResult {
        let ranked = changes.map { (path: String(decoding: $0.key, as: UTF8.self), commits: $0.value) }
            .sorted { ($1.commits, $0.path) < ($0.commits, $1.path) }
        var most: [(path: String, commits: Int)] = []
        for file in ranked where most.count < limit && isThere(file.path) { most.append(file) }
        let text = [
            "\(counted(commits, "commit")) by \(counted(authors.count, "author"))"
                + (commits == 0 ? "" : " from \(Self.day(first)) to \(Self.day(last))")
        ]
        return ToolResult(
            output: [
                "commits": JSON(commits), "authors": JSON(authors.count),
                "commits_last_year": JSON(commitsLastYear), "commits_read": JSON(commitsRead),
                "first_day": commits == 0 ? .null : .string(Self.day(first)),
                "last_day": commits == 0 ? .null : .string(Self.day(last)), "shallow": .bool(isShallow),
                "files_changed": JSON(changes.count), "changes": JSON(changes.values.reduce(0, +)),
                "most_changed": .array(
                    most.map { ["path": .string($0.path), "commits": JSON($0.commits)] }
                ),
            ],
            text: (text + most.map { "\($0.commits) × \($0.path)" }).joined(separator: "\n")
        )
    }

    private static func day(_ seconds: Int) -> String {
        // A commit may claim any time; a day has four digits for its year.
        let seconds = min(max(seconds, 0), 253_402_300_799)
        return String(Timestamp(microseconds: Int64(seconds) * 1_000_000).description.prefix(10))
    }
}
