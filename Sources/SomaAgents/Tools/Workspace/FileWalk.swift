import CLinux
import Glibc

/// Goes through the files below a folder in the order of their names, following no link.
struct FileWalk {
    static let depthMax = 128

    /// One entry; its descriptor is the folder's and is valid only during the visit.
    struct Entry {
        let path: WorkspacePath
        let kind: FileKind
        let folder: Int32
        let rawName: [CChar]

        /// Opens the entry as a regular file; `nil` where it is none any more.
        func open() -> Int32? {
            let descriptor = soma_openat(folder, rawName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0)
            guard descriptor >= 0 else { return nil }
            var status = stat()
            guard fstat(descriptor, &status) == 0, FileKind(mode: status.st_mode) == .file else {
                close(descriptor)
                return nil
            }
            return descriptor
        }

        /// The entry's own metadata.
        var status: stat? {
            var status = stat()
            return fstatat(folder, rawName, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
        }
    }

    let workspace: Workspace
    let start: WorkspacePath
    let stop: StopSignal
    /// Whether ignore files count and `.git` is left out.
    var honoursIgnoreFiles = true
    /// Whether folders of other people's code are passed over.
    var skipsVendored = false
    /// How many folders deep; 1 is the start itself.
    var depthMax = Self.depthMax
    private(set) var unreadableFolders = 0

    init(
        _ workspace: Workspace,
        from start: WorkspacePath,
        stop: StopSignal,
        honoursIgnoreFiles: Bool = true,
        depthMax: Int = Self.depthMax
    ) {
        self.workspace = workspace
        self.start = start
        self.stop = stop
        self.honoursIgnoreFiles = honoursIgnoreFiles
        self.depthMax = min(depthMax, Self.depthMax)
    }

    /// Visits each entry; a folder before what is in it. `visit` answers whether to go on.
    mutating func run(_ visit: (Entry) throws(ToolError) -> Bool) throws(ToolError) {
        let folder = try workspace.openFolder(start)
        var rules = IgnoreRules()
        if honoursIgnoreFiles { try addRulesAbove(to: &rules) }
        _ = try run(folder, start, depth: 1, rules: rules, visit)
    }

    /// A search that begins in a subfolder still honours what the folders above say.
    private func addRulesAbove(to rules: inout IgnoreRules) throws(ToolError) {
        let exclude = workspace.openRaw(
            WorkspacePath.root.appending(".git"),
            O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        )
        if exclude >= 0 {
            let folder = Descriptor(adopting: exclude)
            add("info/exclude", in: folder, depth: 0, to: &rules)
        }
        var path = WorkspacePath.root
        for (depth, name) in start.components.enumerated() {
            let folder = try workspace.openFolder(path)
            for file in [".gitignore", ".ignore"] { add(file, in: folder, depth: depth, to: &rules) }
            path = path.appending(name)
        }
    }

    private func add(
        _ name: String,
        in folder: borrowing Descriptor,
        depth: Int,
        to rules: inout IgnoreRules
    ) {
        let descriptor = soma_openat_walk(folder.raw, name, O_RDONLY | O_NONBLOCK, 0)
        guard descriptor >= 0 else { return }
        let file = Descriptor(adopting: descriptor)
        guard FileKind(mode: file.status().st_mode) == .file,
            let bytes = try? FileBytes.all(file, bytesMax: IgnoreRules.fileBytesMax)
        else { return }
        rules.add(bytes, depth: depth)
    }

    private mutating func run(
        _ folder: borrowing Descriptor,
        _ path: WorkspacePath,
        depth: Int,
        rules: IgnoreRules,
        _ visit: (Entry) throws(ToolError) -> Bool
    ) throws(ToolError) -> Bool {
        try stop.check("Going through the files")
        var rules = rules
        let entries = Self.entries(folder)
        for entry in entries where honoursIgnoreFiles && Self.isIgnoreFile(entry.rawName) {
            add(Self.text(entry.rawName), in: folder, depth: path.components.count, to: &rules)
        }
        for (rawName, kind) in entries {
            let entryPath = path.appending(Self.text(rawName))
            if honoursIgnoreFiles, rules.ignores(entryPath, isFolder: kind == .directory) { continue }
            if skipsVendored, kind == .directory, VendoredCode.isFolder(entryPath.name ?? "") { continue }
            let entry = Entry(path: entryPath, kind: kind, folder: folder.raw, rawName: rawName)
            guard try visit(entry) else { return false }
            guard kind == .directory, depth < depthMax else { continue }
            let descriptor = soma_openat(folder.raw, rawName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            guard descriptor >= 0 else {
                unreadableFolders += 1
                continue
            }
            let child = Descriptor(adopting: descriptor)
            guard try run(child, entryPath, depth: depth + 1, rules: rules, visit) else { return false }
        }
        return true
    }

    private static func isIgnoreFile(_ rawName: [CChar]) -> Bool {
        strcmp(rawName, ".gitignore") == 0 || strcmp(rawName, ".ignore") == 0
    }

    static func text(_ rawName: [CChar]) -> String {
        rawName.withUnsafeBufferPointer { name in
            name.withMemoryRebound(to: UInt8.self) { String(decoding: $0.dropLast(), as: UTF8.self) }
        }
    }

    /// The folder's entries in the order of their bytes.
    static func entries(_ folder: borrowing Descriptor) -> [(rawName: [CChar], kind: FileKind)] {
        let copy = soma_openat(folder.raw, ".", O_RDONLY | O_DIRECTORY, 0)
        guard copy >= 0 else { return [] }
        guard let stream = fdopendir(copy) else {
            close(copy)
            return []
        }
        defer { closedir(stream) }
        var result: [(rawName: [CChar], kind: FileKind)] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    Array(UnsafeBufferPointer(start: text, count: strlen(text) + 1))
                }
            }
            if name == [0x2E, 0] || name == [0x2E, 0x2E, 0] { continue }
            result.append((name, kind(entry.pointee.d_type, folder, name)))
        }
        return result.sorted { left, right in
            strcmp(left.rawName, right.rawName) < 0
        }
    }

    private static func kind(_ type: UInt8, _ folder: borrowing Descriptor, _ name: [CChar]) -> FileKind {
        switch Int(type) {
        case Int(DT_REG): return .file
        case Int(DT_DIR): return .directory
        case Int(DT_LNK): return .symlink
        case Int(DT_UNKNOWN):
            var status = stat()
            guard fstatat(folder.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return .other }
            return FileKind(mode: status.st_mode)
        default: return .other
        }
    }
}
