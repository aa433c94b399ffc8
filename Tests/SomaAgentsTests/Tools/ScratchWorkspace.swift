import Glibc
import SomaCore
import Testing

@testable import SomaAgents

/// A folder `work` beside a file `secret` that no tool may reach; removed with the value.
final class ScratchWorkspace: Sendable {
    static let secret = "SECRET-8f1d"

    let outer: String
    var path: String { outer + "/work" }

    init(_ files: KeyValuePairs<String, String> = [:]) throws {
        var template = Array("/var/tmp/soma-tools-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        outer = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(outer, 0o755)
        mkdir(outer + "/work", 0o755)
        mkdir(outer + "/beside", 0o755)
        try Self.put(Self.secret, outer + "/secret")
        try Self.put(Self.secret, outer + "/beside/secret")
        for (name, content) in files { try write(name, content) }
    }

    deinit { Self.remove(outer) }

    func write(_ name: String, _ content: String) throws {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        try Self.put(content, "\(path)/\(name)")
    }

    func read(_ name: String) -> String? { Self.get("\(path)/\(name)") }

    func link(_ name: String, to target: String) { symlink(target, "\(path)/\(name)") }

    func exists(_ name: String) -> Bool {
        var status = stat()
        return lstat("\(path)/\(name)", &status) == 0
    }

    /// What the outside looks like; a tool must never change it.
    var outside: [String?] {
        [
            Self.get(outer + "/secret"), Self.get(outer + "/beside/secret"), entries(outer),
            entries(outer + "/beside"),
        ]
    }

    func context(_ policy: ToolPolicy = ToolPolicy()) -> ToolContext {
        ToolContext(workspace: path, policy: policy)
    }

    func call(_ tool: any Tool, _ arguments: JSON, _ policy: ToolPolicy = ToolPolicy()) async throws
        -> ToolResult
    {
        await (try ToolRegistry([tool])).call(tool.specification.name, arguments, context(policy))
    }

    private func entries(_ folder: String) -> String? {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { return nil }
        let names = FileWalk.entries(Descriptor(adopting: descriptor)).map { FileWalk.text($0.rawName) }
        return names.joined(separator: ",")
    }

    static func put(_ content: String, _ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        try #require(descriptor >= 0)
        let bytes = Array(content.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
        close(descriptor)
    }

    static func get(_ path: String) -> String? { ProcFile.text(path) }

    private static func remove(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        if descriptor >= 0 {
            for (rawName, kind) in FileWalk.entries(Descriptor(adopting: descriptor)) {
                let child = "\(path)/\(FileWalk.text(rawName))"
                if kind == .directory { remove(child) } else { unlink(child) }
            }
        }
        rmdir(path)
    }
}
