import Glibc
import SomaCore

/// Counts files, lines and bytes; by git's own idea of which files there are too, for checking a survey.
package struct CountLinesTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "count_lines",
        summary: """
            Counts the files, lines and bytes below a folder. Method `walk` goes through the folders and honours ignore \
            files; method `git` asks git which files there are.
            """,
        parameters: Parameters.object([
            "path": Parameters.path("The folder or file, relative to the workspace.", byDefault: "."),
            "globs": Parameters.globs(
                "Only files that one of these fits; one that begins with ! leaves out."
            ),
            "vendored": Parameters.vendored,
            "method": Parameters.choice("How files are found.", ["walk", "git"]),
        ]),
        effect: .read,
        reach: .nothing,
        risk: "Shows counts to the model.",
        timeout: .seconds(120)
    )

    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult {
        let start = try workspace.relative(arguments["path"]?.string ?? ".")
        let filter = try GlobFilter(arguments["globs"])
        let skipsVendored = arguments["vendored"] == false
        var count = FileSurvey.Count()
        var filesBinary = 0
        var foldersUnreadable = 0
        func add(_ file: consuming Descriptor) throws(ToolError) {
            let measured = try FileMeasure(file, stop)
            count.files += 1
            count.lines += measured.lines
            count.bytes += measured.bytes
            if measured.isBinary { filesBinary += 1 }
        }
        if arguments["method"]?.string == "git" {
            for path in try Self.gitFiles(workspace, start, stop) where filter.takes(path) {
                if skipsVendored, VendoredCode.folder(of: path) != nil { continue }
                guard let status = workspace.status(path), FileKind(mode: status.st_mode) == .file else {
                    continue
                }
                try add(try workspace.openFile(path))
            }
        } else if start != .root, let status = workspace.status(start),
            FileKind(mode: status.st_mode) == .file
        {
            try add(try workspace.openFile(start))
        } else {
            var walk = FileWalk(workspace, from: start, stop: stop)
            walk.skipsVendored = skipsVendored
            try walk.run { (entry) throws(ToolError) -> Bool in
                guard entry.kind == .file, filter.takes(entry.path), let raw = entry.open() else {
                    return true
                }
                try add(Descriptor(adopting: raw))
                return true
            }
            foldersUnreadable = walk.unreadableFolders
        }
        return ToolResult(
            output: [
                "files": JSON(count.files), "lines": JSON(count.lines), "bytes": JSON(count.bytes),
                "binary_files": JSON(filesBinary), "unreadable_folders": JSON(foldersUnreadable),
            ],
            text: count.text
        )
    }

    /// Tracked files and new ones that aren't ignored.
    private static func gitFiles(
        _ workspace: Workspace,
        _ start: WorkspacePath,
        _ stop: StopSignal
    ) throws(ToolError) -> [WorkspacePath] {
        let list = try GitProgram.output(
            [
                "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--",
                start.text,
            ],
            in: workspace,
            stop: stop,
            timeout: .seconds(60)
        )
        return list.split(separator: 0).compactMap {
            try? workspace.relative(String(decoding: $0, as: UTF8.self))
        }
    }
}
