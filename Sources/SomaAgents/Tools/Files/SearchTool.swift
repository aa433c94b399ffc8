import Glibc
import SomaCore

/// Finds lines in the files of the workspace.
package struct SearchTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "search",
        summary: """
            Finds lines that a pattern matches, in the text files below a folder. Files that .gitignore or .ignore \
            name are left out. Patterns are regular expressions (linear time: no back references, no look-around) \
            unless `literal` is true.
            """,
        parameters: Parameters.object(
            [
                "pattern": [
                    "type": "string", "description": "What to find.", "minLength": 1, "maxLength": 2000,
                ],
                "path": Parameters.path("A folder or one file, relative to the workspace.", byDefault: "."),
                "globs": Parameters.globs(
                    "Only files that one of these fits; one that begins with ! leaves out."
                ),
                "literal": Parameters.flag("Whether the pattern is plain text.", byDefault: false),
                "ignore_case": Parameters.flag(
                    "Whether upper and lower case are the same.",
                    byDefault: false
                ),
                "context": Parameters.count("Lines shown before and after each match.", 0...20, byDefault: 0),
                "limit": Parameters.count(
                    "How many matching lines are shown; all are counted.",
                    1...10_000,
                    byDefault: 200
                ),
                "ignored": Parameters.flag("Whether ignored files are searched too.", byDefault: false),
                "vendored": Parameters.vendored,
            ],
            required: ["pattern"]
        ),
        effect: .read,
        reach: .nothing,
        risk: "Shows matching lines to the model.",
        timeout: .seconds(60)
    )

    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult {
        let start = try workspace.relative(arguments["path"]?.string ?? ".")
        let filter = try GlobFilter(arguments["globs"])
        var search = FileSearch(
            regex: try Self.regex(arguments),
            context: arguments["context"]?.int ?? 0,
            limit: arguments["limit"]?.int ?? 200,
            bytesMax: policy.outputBytesMax
        )
        if try Self.isFile(start, in: workspace) {
            let file = try workspace.openFile(start)
            try search.search(file.raw, path: start)
        } else {
            var walk = FileWalk(
                workspace,
                from: start,
                stop: stop,
                honoursIgnoreFiles: !(arguments["ignored"]?.bool ?? false)
            )
            walk.skipsVendored = arguments["vendored"] == false
            try walk.run { (entry) throws(ToolError) -> Bool in
                guard entry.kind == .file, filter.takes(entry.path), let raw = entry.open() else {
                    return true
                }
                let file = Descriptor(adopting: raw)
                try stop.check("The search")
                try search.search(file.raw, path: entry.path)
                return true
            }
            search.foldersUnreadable = walk.unreadableFolders
        }
        return search.result
    }

    private static func regex(_ arguments: JSON) throws(ToolError) -> LinearRegex {
        do throws(LinearRegexError) {
            return try LinearRegex(
                arguments["pattern"]?.string ?? "",
                mode: .lines,
                ignoresCase: arguments["ignore_case"]?.bool ?? false,
                isLiteral: arguments["literal"]?.bool ?? false
            )
        } catch {
            throw ToolError(
                .invalidArguments,
                "The search can't begin: \(error).",
                hint: "Set literal to true to find the text as it is."
            )
        }
    }

    private static func isFile(_ path: WorkspacePath, in workspace: Workspace) throws(ToolError) -> Bool {
        let found = try workspace.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        return FileKind(mode: found.status().st_mode) != .directory
    }
}
