import Glibc
import SomaCore
import Testing

@testable import SomaAgents

@Suite("Paths that try to leave the workspace")
struct HostilePathTests {
    static let names: [String] = [
        "..", "../secret", "../beside/secret", "../../etc/passwd", "./../secret", "sub/../../secret",
        "sub/../secret/..",
        "sub/./../../secret", "../work/../secret", "....//secret", "..//secret", ".//..//secret",
        "sub/../../beside/secret",
        "/", "/etc/passwd", "//etc/passwd", "/..", "/../etc/passwd", "/proc/self/environ",
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd/../secret", "/proc/1/root/etc/passwd", "/dev/stdin", "/dev/fd/0", "/dev/zero",
        "/sys/kernel",
        "a\0b", "\0", "../secret\0.txt", "ok.txt\0../secret", "%2e%2e/secret", "..%2fsecret",
        "%2e%2e%2fsecret",
        "..\\secret", "..\\..\\etc\\passwd", "\\..\\secret", "C:\\Windows", "\\\\host\\share",
        "file:///etc/passwd",
        "~root/.bashrc", "~/.ssh/id_rsa", "$HOME/.ssh", "`id`", "$(id)", "..;/secret", ".. /secret",
        " ../secret", "..\t/secret",
        "\u{2025}/secret", "\u{ff0e}\u{ff0e}/secret", "..\u{2215}secret", "..\u{200b}/secret", "out/secret",
        "outfile",
        "outabs/secret", "outproc/environ", "loop/x", "loop", "outself/../secret", "chain/secret",
        String(repeating: "a", count: 256), String(repeating: "a/", count: 2100) + "x",
        String(repeating: "../", count: 500) + "etc/passwd", "", ".", "sub/../../work/../secret",
    ]

    private func scratch() throws -> ScratchWorkspace {
        let scratch = try ScratchWorkspace(["ok.txt": "fine", "sub/in.txt": "in"])
        scratch.link("out", to: "..")
        scratch.link("outfile", to: "../secret")
        scratch.link("outabs", to: scratch.outer)
        scratch.link("outproc", to: "/proc/self")
        scratch.link("outself", to: "/proc/self/cwd")
        scratch.link("loop", to: "loop")
        scratch.link("chain", to: "out")
        return scratch
    }

    @Test("no file tool reads or writes outside, whatever the name", arguments: names)
    func stays(_ name: String) async throws {
        let scratch = try scratch()
        let before = scratch.outside
        let calls: [(any Tool, JSON)] = [
            (ReadFileTool(), ["path": .string(name)]),
            (ListFilesTool(), ["path": .string(name), "ignored": true]),
            (SearchTool(), ["path": .string(name), "pattern": "SECRET|root:"]),
            (SurveyFilesTool(), ["path": .string(name)]), (CountLinesTool(), ["path": .string(name)]),
            (WriteFileTool(), ["path": .string(name), "content": "written"]),
            (AppendLineTool(), ["path": .string(name), "line": "written"]),
            (ApplyPatchTool(), ["patch": .string("--- /dev/null\n+++ b/\(name)\n@@ -0,0 +1 @@\n+written\n")]),
            (ShellTool(), ["command": "true", "folder": .string(name)]),
        ]
        for (tool, arguments) in calls {
            // What `true` would do in a folder that is inside is tested elsewhere.
            if tool.specification.name == "shell", ["", ".", "sub"].contains(name) { continue }
            let result = try await scratch.call(tool, arguments)
            #expect(!result.text.contains(ScratchWorkspace.secret), "\(tool.specification.name)")
            #expect(!result.text.contains("root:x:"), "\(tool.specification.name)")
            #expect(!result.output.text().contains(ScratchWorkspace.secret), "\(tool.specification.name)")
        }
        #expect(scratch.outside == before)
    }

    @Test(
        "names that lead out are refused with a reason",
        arguments: ["../secret", "out/secret", "outfile", "/etc/passwd", "a\0b"]
    )
    func reason(_ name: String) async throws {
        let result = try await scratch().call(ReadFileTool(), ["path": .string(name)])
        #expect(result.failure == .refused)
    }

    @Test("links that stay inside are followed, also by their absolute path", arguments: [false, true])
    func insideLinks(usesWalk: Bool) throws {
        let scratch = try ScratchWorkspace(["real/a.txt": "inside"])
        scratch.link("l", to: "real/a.txt")
        let workspace = try Workspace(scratch.path, usesWalk: usesWalk)
        let plain = try workspace.openFile(workspace.relative("\(scratch.path)/real/a.txt"))
        let bytes = try FileBytes.all(plain, bytesMax: 100)
        #expect(bytes == Array("inside".utf8))
        // Without openat2 no link is followed at all: safe, if less handy.
        let link = workspace.openRaw(try workspace.relative("l"), O_RDONLY)
        #expect((link >= 0) == !usesWalk)
        if link >= 0 { close(link) }
    }

    @Test(
        "the walk without openat2 refuses every way out",
        arguments: ["out/secret", "outfile", "outabs/secret", "loop/x", "chain/secret"]
    )
    func walk(_ name: String) throws {
        let scratch = try scratch()
        let workspace = try Workspace(scratch.path, usesWalk: true)
        #expect(throws: ToolError.self) { _ = try workspace.openFile(workspace.relative(name)) }
    }

    @Test("a link swapped in a race never leads out", arguments: [false, true])
    func race(usesWalk: Bool) async throws {
        let scratch = try ScratchWorkspace(["real/secret": "inside", "target/x": "x"])
        let workspace = try Workspace(scratch.path, usesWalk: usesWalk)
        let path = try workspace.relative("d/secret")
        let written = try workspace.relative("d/made")
        symlink("real", "\(scratch.path)/d")
        let patch = try UnifiedDiff(Array("--- /dev/null\n+++ b/d/patched\n@@ -0,0 +1 @@\n+x\n".utf8))
        let before = scratch.outside
        let isDone = StopSignal(timeout: nil)
        async let swapping: Void = BlockingPool.files.run { _ in
            while !isDone.isCancelled { Self.swap(scratch.path) }
        }
        let leaks = await BlockingPool.files.run { _ -> Int in
            var leaks = 0
            for round in 0..<5_000 {
                if let file = try? workspace.openFile(path),
                    let bytes = try? FileBytes.all(file, bytesMax: 100), bytes != Array("inside".utf8)
                {
                    leaks += 1
                }
                switch round % 10 {
                case 0: _ = try? workspace.writeFile(written, .bytes([1]), isDurable: false)
                case 5: try? PatchPlan(patch, in: workspace, isDone).write()
                case 7: try? workspace.append(written, line: [1])
                default: break
                }
            }
            isDone.cancel()
            return leaks
        }
        await swapping
        #expect(leaks == 0)
        #expect(scratch.outside == before)
    }

    /// Turns `d` from a link that leads out into one that stays, into a folder, and away again.
    private static func swap(_ path: String) {
        for target in ["../beside", "real"] {
            symlink(target, "\(path)/d.new")
            rename("\(path)/d.new", "\(path)/d")
        }
        unlink("\(path)/d")
        mkdir("\(path)/d", 0o755)
        rename("\(path)/d", "\(path)/d.old")
        for name in ["made", "patched"] { unlink("\(path)/d.old/\(name)") }
        rmdir("\(path)/d.old")
    }

    @Test(
        "a workspace that isn't there, isn't absolute or is everything is refused",
        arguments: ["/nowhere/x", "relative", "/", "/usr/../"]
    )
    func workspaces(_ path: String) {
        #expect(throws: ToolError.self) { _ = try Workspace(path) }
        #expect(throws: ToolError.self) { _ = try Workspace(nil) }
    }

    @Test("a pipe or a device in the workspace is refused without waiting")
    func specialFiles() async throws {
        let scratch = try ScratchWorkspace()
        mkfifo("\(scratch.path)/pipe", 0o644)
        #expect(try await scratch.call(ReadFileTool(), ["path": "pipe"]).failure == .refused)
        #expect(
            try await scratch.call(WriteFileTool(), ["path": "pipe", "content": "x"]).failure == .refused
        )
        #expect(try await scratch.call(AppendLineTool(), ["path": "pipe", "line": "x"]).isError)
        #expect(try await scratch.call(SearchTool(), ["pattern": "x"]).output["files_searched"] == 0)
    }

    @Test(
        "nothing is written into a .git folder",
        arguments: [".git/hooks/pre-commit", ".git/config", "sub/.GIT/config", ".git"]
    )
    func gitFolder(_ name: String) async throws {
        let scratch = try ScratchWorkspace()
        let calls: [(any Tool, JSON)] = [
            (WriteFileTool(), ["path": .string(name), "content": "x"]),
            (AppendLineTool(), ["path": .string(name), "line": "x"]),
            (ApplyPatchTool(), ["patch": .string("--- /dev/null\n+++ b/\(name)\n@@ -0,0 +1 @@\n+x\n")]),
        ]
        for (tool, arguments) in calls {
            #expect(try await scratch.call(tool, arguments).failure == .refused)
        }
        #expect(!scratch.exists(".git") && !scratch.exists("sub"))
    }
}
