import Glibc
import Testing

@testable import SomaAgents

/// What a case tries to reach: a file beside the workspace, a listener, a process, an open descriptor, a variable.
final class SandboxFixture: Sendable {
    let scratch: ScratchWorkspace
    private let token = "TOKEN-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
    private let id = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    private let listener: Int32
    private let port: Int
    private let leaked: Int32
    /// Unix sockets that listen: one in the file system, one in the kernel's own names.
    private let sockets: [Int32]
    private let victim: pid_t

    init() throws {
        scratch = try ScratchWorkspace()
        mkdir("\(scratch.outer)/canary", 0o755)
        try ScratchWorkspace.put(token, "\(scratch.outer)/canary/secret")
        try ScratchWorkspace.put(token, "\(scratch.outer)/secret-beside")
        chmod(scratch.path, 0o777)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                _ = bind(descriptor, plain, size) == 0 && Glibc.listen(descriptor, 4) == 0
                getsockname(descriptor, plain, &size)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        sockets = ["\(scratch.outer)/canary/d.sock", "\0soma-canary-\(id)"].map(Self.listen)
        try #require(!sockets.contains(-1))
        // Inheritable, as a careless library leaves one.
        leaked = open("\(scratch.outer)/canary/secret", O_RDONLY)
        setenv("SOMA_CANARY_SECRET", token, 1)
        var pid: pid_t = 0
        let arguments = CStrings(["soma-victim-\(id)", "300"])
        let environment = CStrings([])
        try #require(posix_spawn(&pid, "/bin/sleep", nil, nil, arguments.pointer, environment.pointer) == 0)
        victim = pid
    }

    deinit {
        kill(victim, SIGKILL)
        var status: Int32 = 0
        waitpid(victim, &status, 0)
        close(listener)
        close(leaked)
        for socket in sockets { close(socket) }
    }

    private static func listen(_ name: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
        // A name of the kernel's own is as long as the address says: no zero ends it.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && Glibc.listen(descriptor, 4) == 0
            }
        }
        return isBound ? descriptor : -1
    }

    func filled(_ text: String) -> String {
        let values = [
            "canary": "\(scratch.outer)/canary", "ws": scratch.path, "token": token, "port": "\(port)",
            "victim": "\(victim)", "id": id, "fd": "\(leaked)",
        ]
        var result = ""
        var rest = Substring(text)
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[rest.index(after: brace)...]
            if let end = rest.firstIndex(of: "}"), let value = values[String(rest[..<end])] {
                result += value
                rest = rest[rest.index(after: end)...]
            } else {
                // A doubled brace stands for one.
                result += "{"
                if rest.first == "{" { rest = rest.dropFirst() }
            }
        }
        result += rest
        return result
    }
}
