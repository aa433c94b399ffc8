import Glibc
import SomaCore

/// Brings the changes of a workspace's copy back, through the same code that the write tool uses.
struct WorkspaceReturn {
    private static let namedMax = 200
    private static let newEntriesMax = 200_000

    private let workspace: Workspace
    private var changes: [(path: String, outcome: String)] = []
    private var refusals: [(path: String, reason: String)] = []

    /// Compares the copy with how it was and carries over what is new, changed and gone.
    ///
    /// A file that has changed in the workspace meanwhile is left as it is there and reported. So is a link that
    /// leads out, and what git would run.
    init(_ copy: borrowing WorkspaceCopy, to workspace: Workspace, _ policy: ToolPolicy) throws(ToolError) {
        self.workspace = workspace
        let inside = try Workspace(copy.path)
        var seen: Set<String> = []
        var found: [(path: WorkspacePath, kind: FileKind)] = []
        let stop = StopSignal(timeout: nil)
        var walk = FileWalk(inside, from: .root, stop: stop, honoursIgnoreFiles: false)
        let entriesMax = policy.copyEntriesMax + Self.newEntriesMax
        let records = copy.records
        try walk.run { (entry) throws(ToolError) -> Bool in
            guard seen.count < entriesMax else {
                throw ToolError(
                    .tooLarge,
                    "The command left more than \(entriesMax) entries; none of its changes were brought back."
                )
            }
            let path = entry.path.text
            seen.insert(path)
            let record = records[path]
            if let status = entry.status, record?.kind == entry.kind {
                // A folder's own times change with its entries, which are looked at themselves.
                if entry.kind == .directory || record?.copy == FileStamp(status) { return true }
            }
            found.append((entry.path, entry.kind))
            return true
        }
        let kinds = Dictionary(found.map { ($0.path.text, $0.kind) }) { first, _ in first }
        // What is of another kind now goes first, to make room. What can't be looked at isn't gone.
        let sawAll = walk.unreadableFolders == 0
        let gone = records.filter { path, record in
            sawAll && !seen.contains(path) || kinds[path].map { $0 != record.kind } ?? false
        }.map(\.key)
        removeFiles(gone, records)
        for (path, kind) in found { bring(path, kind, records[path.text], inside) }
        removeFolders(gone, records)
        workspace.synchronize()
    }

    /// What happened, for the result's facts.
    var facts: JSON {
        [
            "changed_files": .array(
                changes.prefix(Self.namedMax).map {
                    ["path": .string($0.path), "outcome": .string($0.outcome)]
                }
            ),
            "changed_files_total": JSON(changes.count),
            "not_brought_back": .array(
                refusals.prefix(Self.namedMax).map {
                    ["path": .string($0.path), "reason": .string($0.reason)]
                }
            ),
            "not_brought_back_total": JSON(refusals.count),
        ]
    }

    /// A sentence about what stayed behind; `nil` where all came back.
    var warning: String? {
        guard let first = refusals.first else { return nil }
        let more = refusals.count > 1 ? " and \(refusals.count - 1) more" : ""
        return
            "Not brought back from the sandbox: \(WorkspacePath.shown(first.path)) (\(first.reason))\(more)."
    }

    private mutating func refuse(_ path: WorkspacePath, _ reason: String) {
        refusals.append((path.text, reason))
    }

    private mutating func removeFiles(_ gone: [String], _ records: [String: WorkspaceCopy.Record]) {
        for text in gone.sorted() {
            guard let record = records[text], record.kind != .directory,
                let path = try? workspace.relative(text)
            else {
                continue
            }
            guard GitFolder.mayChange(path) else {
                refuse(path, "git runs what it says")
                continue
            }
            guard isAsCopied(path, record) else {
                refuse(path, "removed in the sandbox, but changed in the workspace meanwhile")
                continue
            }
            do throws(ToolError) {
                if try workspace.removeFile(path, allowsGitFolder: true) { changes.append((text, "deleted")) }
            } catch {
                refuse(path, error.summary)
            }
        }
    }

    private mutating func removeFolders(_ gone: [String], _ records: [String: WorkspaceCopy.Record]) {
        for text in gone.sorted(by: >) where records[text]?.kind == .directory {
            guard let path = try? workspace.relative(text) else { continue }
            workspace.removeEmptyFolder(path)
        }
    }

    private mutating func bring(
        _ path: WorkspacePath,
        _ kind: FileKind,
        _ record: WorkspaceCopy.Record?,
        _ inside: Workspace
    ) {
        guard GitFolder.mayChange(path) else { return refuse(path, "git runs what it says") }
        do throws(ToolError) {
            switch kind {
            case .directory: _ = try workspace.makeFolder(path)
            case .file where path.name?.lowercased() == ".git":
                refuse(path, "it could point to any repository")
            case .file: try bringFile(path, record?.kind == .file ? record : nil, inside)
            case .symlink: try bringLink(path, record, inside)
            case .other: refuse(path, "it is no regular file")
            }
        } catch {
            refuse(path, error.summary)
        }
    }

    private mutating func bringFile(
        _ path: WorkspacePath,
        _ record: WorkspaceCopy.Record?,
        _ inside: Workspace
    ) throws(ToolError) {
        let file = try inside.openFile(path)
        if record?.kind == .file, !isAsCopied(path, record) {
            return refuse(path, "changed in the sandbox and in the workspace")
        }
        if record == nil, workspace.status(path) != nil, !isSame(file, path) {
            return refuse(path, "made in the sandbox and in the workspace")
        }
        let outcome = try workspace.writeFile(
            path,
            .descriptor(file.raw),
            isExecutable: file.status().st_mode & 0o100 != 0,
            allowsGitFolder: true,
            isDurable: false
        )
        if outcome != .unchanged { changes.append((path.text, outcome.rawValue)) }
    }

    private mutating func bringLink(
        _ path: WorkspacePath,
        _ record: WorkspaceCopy.Record?,
        _ inside: Workspace
    ) throws(ToolError) {
        guard let target = inside.linkTarget(path), Self.staysInside(target, from: path) else {
            return refuse(path, "the link leads out of the workspace")
        }
        if workspace.linkTarget(path) == target { return }
        guard record?.kind == .symlink ? isAsCopied(path, record) : workspace.status(path) == nil else {
            return refuse(path, "made in the sandbox and in the workspace")
        }
        try workspace.removeFile(path)
        try workspace.makeLink(path, to: target)
        changes.append((path.text, record == nil ? "created" : "replaced"))
    }

    /// Whether the workspace still has what was copied.
    private func isAsCopied(_ path: WorkspacePath, _ record: WorkspaceCopy.Record?) -> Bool {
        guard let record else { return workspace.status(path) == nil }
        return workspace.status(path).map { FileStamp($0) == record.source } ?? false
    }

    private func isSame(_ file: borrowing Descriptor, _ path: WorkspacePath) -> Bool {
        guard let mine = try? workspace.openFile(path) else { return false }
        return FileBytes.areEqual(mine.raw, file.raw)
    }

    /// Whether a link's target is relative and its text never climbs above the workspace.
    static func staysInside(_ target: String, from path: WorkspacePath) -> Bool {
        guard !target.hasPrefix("/") else { return false }
        var depth = path.components.count - 1
        for part in target.split(separator: "/", omittingEmptySubsequences: true) where part != "." {
            if part.lowercased() == ".git" { return false }
            depth += part == ".." ? -1 : 1
            if depth < 0 { return false }
        }
        return true
    }
}

/// What a sandboxed command may change of a repository's own folder.
///
/// Objects and references are data. Hooks and configuration are programs that git runs later, outside.
enum GitFolder {
    private static let data: Set<String> = [
        "objects", "refs", "logs", "HEAD", "index", "packed-refs", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD",
        "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "COMMIT_EDITMSG",
        "description",
        "shallow", "branches", "info",
    ]

    static func mayChange(_ path: WorkspacePath) -> Bool {
        guard let place = path.components.firstIndex(where: { $0.lowercased() == ".git" }) else {
            return true
        }
        let below = path.components[(place + 1)...]
        // The folder itself; as a file it would point to any other repository.
        guard let first = below.first else { return true }
        return data.contains(first) && !below.dropFirst().contains { $0.lowercased() == ".git" }
    }
}
