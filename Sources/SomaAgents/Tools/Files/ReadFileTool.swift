import Glibc
import SomaCore

/// Reads a text file, or some lines of it.
package struct ReadFileTool: FileTool {
    private static let lineBytesMax = 1 << 20

    package init() {}

    package let specification = ToolSpecification(
        name: "read_file",
        summary:
            "Reads a text file of the workspace, or the lines from `offset` on, at most `limit` of them.",
        parameters: Parameters.object(
            [
                "path": Parameters.path("The file, relative to the workspace."),
                "offset": Parameters.count(
                    "The first line wanted; the file begins with line 1.",
                    1...1_000_000_000,
                    byDefault: 1
                ),
                "limit": Parameters.count("How many lines at most.", 1...100_000, byDefault: 2000),
            ],
            required: ["path"]
        ),
        effect: .read,
        reach: .nothing,
        risk: "Shows the file's content to the model.",
        timeout: .seconds(30)
    )

    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult {
        let path = try workspace.relative(arguments["path"]?.string ?? "")
        let first = arguments["offset"]?.int ?? 1
        let limit = arguments["limit"]?.int ?? 2000
        let file = try workspace.openFile(path)
        let size = Int(file.status().st_size)
        var scan = LineScan(first: first, limit: limit, bytesMax: policy.outputBytesMax)
        var isBinary = false
        try FileBytes.pieces(file) { (piece) throws(ToolError) -> Bool in
            try stop.check("Reading \(WorkspacePath.shown(path.text))")
            if scan.bytesSeen == 0, FileBytes.isBinary(piece) {
                isBinary = true
                return false
            }
            scan.take(piece)
            return true
        }
        var facts: JSONObject = ["path": .string(path.text), "bytes": JSON(size), "binary": .bool(isBinary)]
        guard !isBinary else {
            return ToolResult(
                failure: .failed,
                output: .object(facts),
                text:
                    "\(WorkspacePath.shown(path.text)) is no text: \(size) bytes with a NUL among the first."
            )
        }
        facts["lines"] = JSON(scan.linesTotal)
        facts["first_line"] = JSON(first)
        facts["lines_returned"] = JSON(scan.linesTaken)
        let isCut = scan.isFull || first + scan.linesTaken - 1 < scan.linesTotal
        facts["truncated"] = .bool(isCut)
        return ToolResult(
            output: .object(facts),
            text: String(decoding: scan.bytes, as: UTF8.self),
            truncated: isCut
        )
    }
}

/// Takes some lines out of a file that comes in pieces, and counts all.
struct LineScan {
    let first: Int
    let limit: Int
    let bytesMax: Int
    private(set) var bytes: [UInt8] = []
    private(set) var bytesSeen = 0
    private(set) var linesTaken = 0
    private(set) var isFull = false
    private var lineFeeds = 0
    private var endsInsideLine = false

    init(first: Int, limit: Int, bytesMax: Int) {
        self.first = first
        self.limit = limit
        self.bytesMax = bytesMax
    }

    /// Lines, where the last one may lack its line feed.
    var linesTotal: Int { lineFeeds + (endsInsideLine ? 1 : 0) }

    mutating func take(_ piece: UnsafeBufferPointer<UInt8>) {
        bytesSeen += piece.count
        var rest = piece[...]
        while let feed = rest.firstIndex(of: 0x0A) {
            if !wants(lineFeeds + 1), lineFeeds + 1 >= first {
                lineFeeds += FileBytes.lineFeeds(UnsafeBufferPointer(rebasing: rest))
                endsInsideLine = rest.last != 0x0A
                return
            }
            add(rest[...feed], endsLine: true)
            lineFeeds += 1
            rest = rest[(feed + 1)...]
        }
        if !rest.isEmpty { add(rest, endsLine: false) }
        endsInsideLine = !rest.isEmpty
    }

    private func wants(_ line: Int) -> Bool { line >= first && line - first < limit && !isFull }

    private mutating func add(_ part: Slice<UnsafeBufferPointer<UInt8>>, endsLine: Bool) {
        guard wants(lineFeeds + 1) else { return }
        let room = bytesMax - bytes.count
        bytes.append(contentsOf: part.prefix(room))
        if part.count > room { isFull = true }
        linesTaken = lineFeeds + 1 - first + 1
    }
}
