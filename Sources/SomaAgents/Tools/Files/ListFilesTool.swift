import Glibc
import SomaCore

/// Lists files and folders.
package struct ListFilesTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "list_files",
        summary: """
            Lists the files below a folder of the workspace. Files that .gitignore or .ignore name are left out \
            unless `ignored` is true. Globs work as in .gitignore (`*.swift`, `docs/**/*.md`); one that begins with \
            ! leaves out.
            """,
        parameters: Parameters.object([
            "path": Parameters.path("The folder, relative to the workspace.", byDefault: "."),
            "globs": Parameters.globs("Only files that one of these fits."),
            "depth": Parameters.count(
                "How many folders deep; 1 is the folder itself.",
                1...128,
                byDefault: 128
            ),
            "limit": Parameters.count("How many entries at most.", 1...100_000, byDefault: 1000),
            "folders": Parameters.flag("Whether folders are listed too.", byDefault: false),
            "ignored": Parameters.flag("Whether ignored files are listed too.", byDefault: false),
            "vendored": Parameters.vendored,
        ]),
        effect: .read,
        reach: .nothing,
        risk: "Shows file names to the model.",
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
        let limit = arguments["limit"]?.int ?? 1000
        let listsFolders = arguments["folders"]?.bool ?? false
        var walk = FileWalk(
            workspace,
            from: start,
            stop: stop,
            honoursIgnoreFiles: !(arguments["ignored"]?.bool ?? false),
            depthMax: arguments["depth"]?.int ?? FileWalk.depthMax
        )
        walk.skipsVendored = arguments["vendored"] == false
        var entries: [JSON] = []
        var text = BoundedText(bytesMax: policy.outputBytesMax)
        var total = 0
        var files = 0
        try walk.run { (entry) throws(ToolError) -> Bool in
            let isFolder = entry.kind == .directory
            guard listsFolders || !isFolder, filter.takes(entry.path, isFolder: isFolder) else { return true }
            total += 1
            if entry.kind == .file { files += 1 }
            guard entries.count < limit, !text.isFull else { return true }
            text.add(line: isFolder ? "\(entry.path.text)/" : entry.path.text)
            guard !text.isFull else { return true }
            var fact: JSONObject = ["path": .string(entry.path.text), "kind": .string(entry.kind.rawValue)]
            if entry.kind == .file, let status = entry.status { fact["bytes"] = JSON(Int(status.st_size)) }
            entries.append(.object(fact))
            return true
        }
        let isCut = entries.count < total
        if walk.unreadableFolders > 0 {
            text.add(line: "\(counted(walk.unreadableFolders, "folder")) can't be read")
        }
        if isCut { text.add(line: "… and \(total - entries.count) more") }
        return ToolResult(
            output: [
                "entries": .array(entries), "total": JSON(total), "files": JSON(files),
                "truncated": .bool(isCut),
                "unreadable_folders": JSON(walk.unreadableFolders),
            ],
            text: text.text.isEmpty ? "Nothing there fits." : text.text,
            truncated: isCut
        )
    }
}
