import Glibc
import SomaCore

/// Measures a source tree: languages, lines, bytes, the largest files, tests and licences.
package struct SurveyFilesTool: FileTool {
    package init() {}

    package let specification = ToolSpecification(
        name: "survey_files",
        summary: """
            Measures the files below a folder: how many, their lines and bytes by language, the largest ones, tests \
            and licence files. Files that .gitignore or .ignore name are left out.
            """,
        parameters: Parameters.object([
            "path": Parameters.path("The folder, relative to the workspace.", byDefault: "."),
            "globs": Parameters.globs(
                "Only files that one of these fits; one that begins with ! leaves out."
            ),
            "largest": Parameters.count("How many of the largest files are named.", 0...100, byDefault: 10),
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
        return survey.result
    }
}

/// What a survey has counted so far.
struct FileSurvey {
    struct Count { var files = 0, lines = 0, bytes = 0 }

    let largestMax: Int
    var folders = 0
    var filesUnreadable = 0
    private var total = Count()
    private var tests = Count()
    private var filesBinary = 0
    private var languages: [String: Count] = [:]
    private var largest: [(path: String, bytes: Int, lines: Int)] = []
    private var licences: [(path: String, kind: String)] = []

    init(largestMax: Int) { self.largestMax = largestMax }

    mutating func add(_ file: consuming Descriptor, path: WorkspacePath, _ stop: StopSignal) throws(ToolError)
    {
        let measured = try FileMeasure(file, stop)
        let one = Count(files: 1, lines: measured.lines, bytes: measured.bytes)
        Self.add(one, to: &total)
        if measured.isBinary {
            filesBinary += 1
        } else {
            Self.add(one, to: &languages[Languages.name(of: path.name ?? "") ?? "Other", default: Count()])
            if Languages.isTest(path) { Self.add(one, to: &tests) }
            if let name = path.name?.uppercased(), name.hasPrefix("LICEN") || name.hasPrefix("COPYING") {
                licences.append((path.text, Licence.name(of: measured.beginning)))
            }
        }
        largest.append((path.text, measured.bytes, measured.lines))
        if largest.count > 4 * largestMax + 64 { trimLargest() }
    }

    private mutating func trimLargest() {
        largest.sort { ($1.bytes, $0.path) < ($0.bytes, $1.path) }
        largest.removeLast(max(0, largest.count - largestMax))
    }

    private static func add(_ one: Count, to sum: inout Count) {
        sum.files += one.files
        sum.lines += one.lines
        sum.bytes += one.bytes
    }

    var result: ToolResult {
        var survey = self
        survey.trimLargest()
        let byLines = languages.sorted { ($1.value.lines, $0.key) < ($0.value.lines, $1.key) }
        let output: JSON = [
            "files": JSON(total.files), "folders": JSON(folders), "lines": JSON(total.lines),
            "bytes": JSON(total.bytes), "binary_files": JSON(filesBinary),
            "unreadable_files": JSON(filesUnreadable),
            "languages": .array(
                byLines.map { name, count in
                    [
                        "name": .string(name), "files": JSON(count.files), "lines": JSON(count.lines),
                        "bytes": JSON(count.bytes),
                    ]
                }
            ),
            "largest": .array(
                survey.largest.map {
                    ["path": .string($0.path), "bytes": JSON($0.bytes), "lines": JSON($0.lines)]
                }
            ),
            "tests": ["files": JSON(tests.files), "lines": JSON(tests.lines)],
            "licences": .array(licences.map { ["path": .string($0.path), "kind": .string($0.kind)] }),
        ]
        var lines = ["\(total.files) files, \(total.lines) lines, \(total.bytes) bytes"]
        lines += byLines.prefix(12).map { "\($0.key): \($0.value.files) files, \($0.value.lines) lines" }
        lines += survey.largest.prefix(5).map { "\($0.path): \($0.bytes) bytes" }
        return ToolResult(output: output, text: lines.joined(separator: "\n"))
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

/// Names a licence by the words that it begins with.
enum Licence {
    private static let marks: [(mark: String, name: String)] = [
        ("apache license", "Apache-2.0"), ("gnu affero general public license", "AGPL"),
        ("gnu lesser general public license", "LGPL"), ("gnu general public license", "GPL"),
        ("mozilla public license", "MPL"), ("mit license", "MIT"),
        ("permission is hereby granted, free", "MIT"),
        ("redistribution and use in source and binary forms", "BSD"), ("isc license", "ISC"),
        ("permission to use, copy, modify, and", "ISC"),
        ("unencumbered software released into the public", "Unlicense"),
        ("boost software license", "BSL-1.0"), ("eclipse public license", "EPL"), ("creative commons", "CC"),
    ]

    static func name(of beginning: [UInt8]) -> String {
        let text = String(decoding: beginning, as: UTF8.self).lowercased()
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return marks.first { words.contains($0.mark) }?.name ?? "unknown"
    }
}
