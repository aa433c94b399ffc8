import CLinux
import Glibc
import SomaCore
import Testing

@testable import SomaAgents

/// Workspaces that nobody would make on purpose, except to see what happens.
@Suite("Strange files in a workspace", .timeLimit(.minutes(2)))
struct StrangeFilesTests {
    private static let readers: [any Tool] = [
        ListFilesTool(), SearchTool(), SurveyFilesTool(), CountLinesTool(),
    ]

    private func read(_ scratch: ScratchWorkspace) async throws -> [ToolResult] {
        var results: [ToolResult] = []
        for tool in Self.readers {
            let arguments: JSON = tool.specification.name == "search" ? ["pattern": "x"] : [:]
            results.append(try await scratch.call(tool, arguments))
        }
        return results
    }

    /// Runs `body` on this thread with the rights of an ordinary user, whoever runs the tests.
    private static func asOrdinaryUser(_ body: () throws -> Void) throws {
        guard geteuid() == 0 else { return try body() }
        // Swift's Glibc lacks the call. It holds for this thread alone, and takes root's way around permissions too.
        typealias SetUser = @convention(c) (uid_t) -> Int32
        let symbol = try #require(dlsym(nil, "setfsuid"))
        let setUser = unsafeBitCast(symbol, to: SetUser.self)
        _ = setUser(65_534)
        defer { _ = setUser(0) }
        try body()
    }

    @Test("pipes, sockets, devices and links in a circle are passed over without waiting")
    func special() async throws {
        let scratch = try ScratchWorkspace(["a.txt": "x\n"])
        mkfifo("\(scratch.path)/pipe", 0o644)
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(scratch.path)/socket".utf8) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound)
        scratch.link("circle", to: "circle")
        scratch.link("one", to: "two")
        scratch.link("two", to: "one")
        scratch.link("up", to: ".")
        for result in try await read(scratch) { #expect(!result.isError, "\(result.text)") }
        #expect(try await scratch.call(SurveyFilesTool(), [:]).output["files"] == 1)
        for name in ["pipe", "socket", "circle", "one"] {
            let read = try await scratch.call(ReadFileTool(), ["path": .string(name)])
            #expect(read.isError && read.text.contains("\"\(name)\""), "\(read.text)")
            let write = try await scratch.call(WriteFileTool(), ["path": .string(name), "content": "x"])
            #expect(write.failure == .refused, "\(write.text)")
        }
        for mode in SandboxMode.allCases {
            let result = await scratch.shell("cat a.txt; test -p pipe && echo pipe", mode)
            #expect(result.text.hasPrefix("x\n"), "\(mode): \(result.text)")
        }
    }

    @Test("a device is refused, read and written")
    func device() throws {
        // A device can't be made without root, so one of the system's own is linked to, and that is refused too.
        let scratch = try ScratchWorkspace()
        scratch.link("zero", to: "/dev/zero")
        let isMade = mknod("\(scratch.path)/null", S_IFCHR | 0o666, 0x103) == 0
        #expect(isMade == (geteuid() == 0))
        let workspace = try Workspace(scratch.path)
        for name in isMade ? ["zero", "null"] : ["zero"] {
            #expect(throws: ToolError.self) { _ = try workspace.openFile(workspace.relative(name)) }
            #expect(throws: ToolError.self) { try workspace.append(workspace.relative(name), line: [1]) }
            #expect(throws: ToolError.self) { try workspace.writeFile(workspace.relative(name), .bytes([1])) }
        }
    }

    @Test("names with line feeds, escape codes and no UTF-8 are read, listed as they are, and never written")
    func names() async throws {
        let scratch = try ScratchWorkspace()
        let names = [
            "a\nb.txt", "\u{1B}[31mred.txt", "tab\t.txt", "quote\".txt", "-rf", " ", "\u{202E}txt.exe",
        ]
        for name in names { try scratch.write(name, "x\n") }
        let raw: [CChar] = [0x66, CChar(bitPattern: 0xFF), 0]
        close(open(scratch.path + "/" + "utf8", O_CREAT | O_WRONLY, 0o644))
        rename(scratch.path + "/utf8", Array(("\(scratch.path)/").utf8CString.dropLast()) + raw)
        for result in try await read(scratch) { #expect(!result.isError, "\(result.text)") }
        let listed = try await scratch.call(ListFilesTool(), [:])
        #expect(
            Set(names).isSubset(of: listed.output["entries"]?.array?.compactMap { $0["path"]?.string } ?? [])
        )
        for name in names {
            #expect(try await scratch.call(ReadFileTool(), ["path": .string(name)]).text == "x\n")
        }
        let written = try await scratch.call(WriteFileTool(), ["path": "n\u{1B}[2J", "content": "x"])
        #expect(written.failure == .refused && written.text.contains("\\u001b"), "\(written.text)")
        let returned = await scratch.shell("printf y > 'c\nd'; printf z > ok", .onCopy)
        #expect(scratch.read("ok") == "z" && !scratch.exists("c\nd"))
        #expect(returned.text.contains("holds a control character"), "\(returned.text)")
    }

    @Test("folders and files that can't be read are counted and said")
    func unreadable() throws {
        let scratch = try ScratchWorkspace(["open/a.txt": "x\n", "shut/b.txt": "x\n", "c.txt": "x\n"])
        chmod("\(scratch.path)/shut", 0)
        chmod("\(scratch.path)/c.txt", 0)
        defer { chmod("\(scratch.path)/shut", 0o755) }
        let stop = StopSignal(timeout: nil)
        try Self.asOrdinaryUser {
            let workspace = try Workspace(scratch.path)
            let survey = try SurveyFilesTool().perform([:], in: workspace, ToolPolicy(), stop)
            #expect(survey.output["files"] == 1)
            #expect(survey.output["unreadable_files"] == 1 && survey.output["unreadable_folders"] == 1)
            #expect(survey.text.contains("not counted because they can't be read: 1 file, 1 folder"))
            let search = try SearchTool().perform(["pattern": "x"], in: workspace, ToolPolicy(), stop)
            #expect(
                search.text.hasSuffix("1 line in 1 of 1 file, 1 folder can't be read\n"),
                "\(search.text)"
            )
            let list = try ListFilesTool().perform([:], in: workspace, ToolPolicy(), stop)
            #expect(list.text == "c.txt\nopen/a.txt\n1 folder can't be read\n")
            #expect(throws: ToolError(.refused, "Could not open \"c.txt\": permission denied.")) {
                try ReadFileTool().perform(["path": "c.txt"], in: workspace, ToolPolicy(), stop)
            }
            #expect(throws: ToolError.self) {
                try WriteFileTool().perform(
                    ["path": "shut/n", "content": "x"],
                    in: workspace,
                    ToolPolicy(),
                    stop
                )
            }
        }
    }

    @Test("a workspace of very many files is cut by limits that say so")
    func many() async throws {
        let scratch = try ScratchWorkspace()
        for folder in 0..<20 {
            mkdir("\(scratch.path)/\(folder)", 0o755)
            for file in 0..<250 {
                close(open("\(scratch.path)/\(folder)/\(file)", O_CREAT | O_WRONLY, 0o644))
            }
        }
        let listed = try await scratch.call(ListFilesTool(), ["limit": 10])
        #expect(listed.truncated && listed.text.hasSuffix("… and 4990 more\n"))
        #expect(try await scratch.call(SurveyFilesTool(), [:]).output["files"] == 5000)
        var policy = ToolPolicy()
        policy.timeout = .zero
        for tool in Self.readers {
            let late = try await scratch.call(tool, ["pattern": "x"], policy)
            #expect([.timedOut, .invalidArguments].contains(late.failure), "\(late.text)")
        }
        policy = ToolPolicy()
        policy.copyEntriesMax = 1000
        let refused = await scratch.shell("touch ran", .onCopy, policy)
        #expect(refused.failure == .tooLarge && refused.text.contains("more than 1000 entries"))
        #expect(!scratch.exists("ran"))
    }

    @Test("a file that somebody changed after it was read is not patched")
    func changedMeanwhile() throws {
        let scratch = try ScratchWorkspace(["a": "one\n", "b": "one\n"])
        let workspace = try Workspace(scratch.path)
        let patch = "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+two\n--- a/b\n+++ b/b\n@@ -1 +1 @@\n-one\n+two\n"
        let plan = try PatchPlan(UnifiedDiff(Array(patch.utf8)), in: workspace, StopSignal(timeout: nil))
        try scratch.write("b", "one\nand more\n")
        #expect(
            throws: ToolError(
                .failed,
                "\"b\" was changed by somebody else meanwhile. Nothing was changed.",
                hint: "Read it again."
            )
        ) { try plan.write() }
        #expect(scratch.read("a") == "one\n" && scratch.read("b") == "one\nand more\n")
        let again = try PatchPlan(UnifiedDiff(Array(patch.utf8)), in: workspace, StopSignal(timeout: nil))
        try again.write()
        #expect(scratch.read("a") == "two\n" && scratch.read("b") == "two\nand more\n")
    }
}
