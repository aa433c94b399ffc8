import Glibc
import SomaCore

/// What a patch makes of the files of a workspace: worked out first, so that all of it is written or nothing.
struct PatchPlan {
    private static let fileBytesMax = 16 << 20

    /// One file's change.
    struct Change {
        let path: WorkspacePath
        let before: [UInt8]?
        let after: [UInt8]?
        var isExecutable: Bool?
        var shiftedHunks = 0
        /// The file when it was read; `nil` where there was none.
        let stamp: FileStamp?

        var isNothing: Bool { before == after && isExecutable == nil }

        var outcome: WriteOutcome {
            if isNothing { return .unchanged }
            if after == nil { return .deleted }
            return before == nil ? .created : .replaced
        }
    }

    /// A part of the patch that does not fit its file.
    struct Misfit {
        let path: WorkspacePath
        let patchLine: Int
        let reason: String
    }

    private(set) var changes: [Change] = []
    private(set) var misfits: [Misfit] = []
    private let workspace: Workspace

    init(_ patch: UnifiedDiff, in workspace: Workspace, _ stop: StopSignal) throws(ToolError) {
        self.workspace = workspace
        for file in patch.files {
            try stop.check("The patch")
            try add(file)
        }
    }

    /// Works out one file's new content; what does not fit is added to the misfits.
    private mutating func add(_ file: UnifiedDiff.FileChange) throws(ToolError) {
        let path = try workspace.relative(file.to ?? file.from ?? "")
        if let from = file.from, file.to != nil, try workspace.relative(from) != path {
            throw ToolError(
                .invalidArguments,
                "The patch renames \(WorkspacePath.shown(from)), which is not supported."
            )
        }
        guard !path.isInsideGitFolder else {
            throw ToolError(.refused, "\(WorkspacePath.shown(path.text)) is inside a .git folder.")
        }
        guard !changes.contains(where: { $0.path == path }) else {
            throw ToolError(.invalidArguments, "The patch changes \(WorkspacePath.shown(path.text)) twice.")
        }
        let (before, stamp) = try content(path)
        var patched = PatchedFile(before ?? [])
        let isDone =
            file.to == nil
            ? before == nil : before != nil && !file.hunks.isEmpty && patched.holdsAlready(file.hunks)
        guard !isDone else {
            changes.append(Change(path: path, before: before, after: before, stamp: stamp))
            return
        }
        let line = file.hunks.first?.patchLine ?? 1
        func misfit(_ line: Int, _ reason: String) {
            misfits.append(Misfit(path: path, patchLine: line, reason: reason))
        }
        if file.from == nil, before.map({ !$0.isEmpty }) ?? false {
            return misfit(line, "the file is there already")
        }
        if file.from != nil, before == nil { return misfit(line, "the file is not there") }
        for hunk in file.hunks {
            if let why = patched.apply(hunk) { return misfit(hunk.patchLine, why) }
        }
        let after = patched.bytes
        if file.to == nil, !after.isEmpty {
            return misfit(line, "the patch removes the file but leaves \(counted(after.count, "byte")) of it")
        }
        changes.append(
            Change(
                path: path,
                before: before,
                after: file.to == nil ? nil : after,
                isExecutable: file.isExecutable,
                shiftedHunks: patched.shiftedHunks,
                stamp: stamp
            )
        )
    }

    private func content(_ path: WorkspacePath) throws(ToolError) -> ([UInt8]?, FileStamp?) {
        do throws(ToolError) {
            let file = try workspace.openFile(path)
            // Taken before the content, so that a change while it is read shows too.
            let stamp = FileStamp(file.status())
            return (try FileBytes.all(file, bytesMax: Self.fileBytesMax), stamp)
        } catch {
            guard error.failure == .notFound else { throw error }
            return (nil, nil)
        }
    }

    /// Writes all files; where one fails, the ones before it are put back.
    func write() throws(ToolError) {
        var done: [Change] = []
        do throws(ToolError) {
            for change in changes where !change.isNothing {
                guard isAsRead(change) else {
                    throw ToolError(
                        .failed,
                        "\(WorkspacePath.shown(change.path.text)) was changed by somebody else meanwhile.",
                        hint: "Read it again."
                    )
                }
                if let after = change.after {
                    try workspace.writeFile(change.path, .bytes(after), isExecutable: change.isExecutable)
                } else {
                    try workspace.removeFile(change.path)
                }
                done.append(change)
            }
        } catch {
            let lost = putBack(done)
            let state =
                lost.isEmpty ? "Nothing was changed." : "Could not put back: \(lost.joined(separator: ", "))."
            throw ToolError(error.failure, "\(error.summary) \(state)", hint: error.hint)
        }
    }

    /// Whether nobody has changed the file since it was read. What is no file is refused by the write itself.
    private func isAsRead(_ change: Change) -> Bool {
        guard let status = workspace.status(change.path) else { return change.stamp == nil }
        guard FileKind(mode: status.st_mode) == .file else { return true }
        return FileStamp(status) == change.stamp
    }

    /// Undoes changes, the last first. Returns the paths where that failed.
    private func putBack(_ done: [Change]) -> [String] {
        var lost: [String] = []
        for change in done.reversed() {
            do throws(ToolError) {
                if let before = change.before {
                    try workspace.writeFile(change.path, .bytes(before))
                } else {
                    try workspace.removeFile(change.path)
                }
            } catch {
                lost.append(WorkspacePath.shown(change.path.text))
            }
        }
        return lost
    }
}
