import SomaCore

/// Applies a patch to files of the workspace: all of it or nothing.
package struct ApplyPatchTool: FileTool {
    private static let fileBytesMax = 16 << 20

    package init() {}

    package let specification = ToolSpecification(
        name: "apply_patch",
        summary: """
            Applies a patch in the unified format (--- a/PATH, +++ b/PATH, @@ hunks) to files of the workspace. Every \
            hunk's context must fit; otherwise nothing is changed and the answer says what did not fit. A patch that \
            has been applied already changes nothing.
            """,
        parameters: Parameters.object(
            [
                "patch": [
                    "type": "string", "description": "The patch.", "minLength": 1, "maxLength": 4_000_000,
                ],
                "check_only": Parameters.flag(
                    "Whether to say what would happen and change nothing.",
                    byDefault: false
                ),
            ],
            required: ["patch"]
        ),
        effect: .idempotent,
        reach: .workspace,
        risk: "Changes, adds and removes files of the workspace.",
        timeout: .seconds(30)
    )

    private struct Change {
        let path: WorkspacePath
        let before: [UInt8]?
        let after: [UInt8]?
        let isExecutable: Bool?
        let shiftedHunks: Int
        var isNothing: Bool { before == after && isExecutable == nil }
    }

    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult {
        let patch = try UnifiedDiff(Array((arguments["patch"]?.string ?? "").utf8))
        let checksOnly = arguments["check_only"]?.bool ?? false
        var changes: [Change] = []
        var failures: [JSON] = []
        for file in patch.files {
            try stop.check("The patch")
            try prepare(file, workspace, &changes, &failures)
        }
        guard failures.isEmpty else { return Self.refusal(failures) }
        if !checksOnly { try Self.write(changes, workspace) }
        return Self.summary(changes, checksOnly: checksOnly)
    }

    /// Works out one file's new content; what does not fit is added to the failures.
    private func prepare(
        _ file: UnifiedDiff.FileChange,
        _ workspace: Workspace,
        _ changes: inout [Change],
        _ failures: inout [JSON]
    ) throws(ToolError) {
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
        let before = try content(path, workspace)
        func fail(_ line: Int, _ why: String) {
            failures.append(["path": .string(path.text), "patch_line": JSON(line), "reason": .string(why)])
        }
        let line = file.hunks.first?.patchLine ?? 1
        var patched = PatchedFile(before ?? [])
        let isDone: Bool =
            switch (file.from, file.to) {
            case (_, nil): before == nil
            default: before != nil && !file.hunks.isEmpty && patched.holdsAlready(file.hunks)
            }
        guard !isDone else {
            changes.append(
                Change(path: path, before: before, after: before, isExecutable: nil, shiftedHunks: 0)
            )
            return
        }
        if file.from == nil, before.map({ !$0.isEmpty }) ?? false {
            return fail(line, "the file is there already")
        }
        if file.from != nil, before == nil { return fail(line, "the file is not there") }
        for hunk in file.hunks {
            if let why = patched.apply(hunk) { return fail(hunk.patchLine, why) }
        }
        let after = patched.bytes
        if file.to == nil, !after.isEmpty {
            return fail(line, "the patch removes the file but leaves \(after.count) bytes of it")
        }
        changes.append(
            Change(
                path: path,
                before: before,
                after: file.to == nil ? nil : after,
                isExecutable: file.isExecutable,
                shiftedHunks: patched.shiftedHunks
            )
        )
    }

    private func content(_ path: WorkspacePath, _ workspace: Workspace) throws(ToolError) -> [UInt8]? {
        do throws(ToolError) {
            let file = try workspace.openFile(path)
            return try FileBytes.all(file, bytesMax: Self.fileBytesMax)
        } catch {
            guard error.failure == .notFound else { throw error }
            return nil
        }
    }

    /// Writes all files; where one fails, the ones before it are put back.
    private static func write(_ changes: [Change], _ workspace: Workspace) throws(ToolError) {
        var done: [Change] = []
        do throws(ToolError) {
            for change in changes where !change.isNothing {
                if let after = change.after {
                    try workspace.writeFile(change.path, .bytes(after), isExecutable: change.isExecutable)
                } else {
                    try workspace.removeFile(change.path)
                }
                done.append(change)
            }
        } catch {
            var lost: [String] = []
            for change in done.reversed() {
                do throws(ToolError) {
                    if let before = change.before {
                        try workspace.writeFile(change.path, .bytes(before))
                    } else {
                        try workspace.removeFile(change.path)
                    }
                } catch {
                    lost.append(change.path.text)
                }
            }
            let state =
                lost.isEmpty ? "Nothing was changed." : "Could not put back: \(lost.joined(separator: ", "))."
            throw ToolError(error.failure, "\(error.summary) \(state)", hint: error.hint)
        }
    }

    private static func refusal(_ failures: [JSON]) -> ToolResult {
        let lines = failures.map { failure in
            "\(failure["path"]?.string ?? ""): hunk at line \(failure["patch_line"]?.int ?? 0) of the patch: "
                + (failure["reason"]?.string ?? "")
        }
        return ToolResult(
            failure: .failed,
            output: ["applied": false, "failures": .array(failures)],
            text: "The patch does not fit; nothing was changed.\n" + lines.joined(separator: "\n")
        )
    }

    private static func summary(_ changes: [Change], checksOnly: Bool) -> ToolResult {
        var files: [JSON] = []
        var lines: [String] = []
        for change in changes {
            let outcome: WriteOutcome =
                if change.isNothing { .unchanged } else if change.after == nil { .deleted } else {
                    change.before == nil ? .created : .replaced
                }
            files.append([
                "path": .string(change.path.text), "outcome": .string(outcome.rawValue),
                "shifted_hunks": JSON(change.shiftedHunks),
            ])
            lines.append("\(change.path.text): \(outcome.rawValue)")
        }
        let changed = changes.contains { !$0.isNothing }
        return ToolResult(
            output: ["applied": .bool(!checksOnly), "changed": .bool(changed), "files": .array(files)],
            text: lines.joined(separator: "\n")
        )
    }
}
