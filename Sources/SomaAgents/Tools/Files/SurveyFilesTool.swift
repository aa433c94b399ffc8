import Glibc
import SomaCore

/// Measures a source tree: languages, lines, bytes, the largest files, tests and licences.
package struct SurveyFilesTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "survey_files",
        summary: """
            Measures the files below a folder: how many, their lines and bytes by language, the largest ones, tests \
            and licence files. Files that .gitignore or .ignore name are left out. Folders of other people's code \
            (vendor, node_modules, third_party and the like) are measured apart.
            """,
        parameters: Parameters.object([
            "path": Parameters.path("The folder, relative to the workspace.", byDefault: "."),
            "globs": Parameters.globs(
                "Only files that one of these fits; one that begins with ! leaves out."
            ),
            "largest": Parameters.count("How many of the largest files are named.", 0...100, byDefault: 10),
            "apart": Parameters.flag("Whether other people's code is measured apart.", byDefault: true),
        ]),
        effect: .read,
        reach: .nothing,
        risk: "Shows file names and sizes to the model.",
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
        var survey = FileSurvey(largestMax: arguments["largest"]?.int ?? 10)
        survey.measuresApart = arguments["apart"]?.bool ?? true
        var walk = FileWalk(workspace, from: start, stop: stop)
        try walk.run { (entry) throws(ToolError) -> Bool in
            if entry.kind == .directory { survey.folders += 1 }
            guard entry.kind == .file, filter.takes(entry.path) else { return true }
            guard let raw = entry.open() else {
                survey.filesUnreadable += 1
                return true
            }
            try survey.add(Descriptor(adopting: raw), path: entry.path, stop)
            return true
        }
        survey.foldersUnreadable = walk.unreadableFolders
        return survey.result
    }
}

/// One file's size in bytes and lines.
struct FileMeasure {
    private(set) var bytes = 0
    private(set) var lines = 0
    private(set) var isBinary = false
    /// The first 2 KiB.
    private(set) var beginning: [UInt8] = []

    init(_ file: borrowing Descriptor, _ stop: StopSignal) throws(ToolError) {
        var last: UInt8 = 0x0A
        try FileBytes.pieces(file) { (piece) throws(ToolError) -> Bool in
            try stop.check("Measuring the files")
            if bytes == 0 {
                beginning = Array(piece.prefix(2048))
                isBinary = FileBytes.isBinary(piece)
            }
            bytes += piece.count
            if !isBinary { lines += FileBytes.lineFeeds(piece) }
            last = piece.last ?? last
            return true
        }
        if !isBinary, last != 0x0A { lines += 1 }
    }
}
