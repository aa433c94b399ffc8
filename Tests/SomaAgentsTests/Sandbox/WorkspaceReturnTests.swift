import Glibc
import SomaCore
import Testing

@testable import SomaAgents

@Suite("Changes from a copy")
struct WorkspaceReturnTests {
    private func shell(_ scratch: ScratchWorkspace, _ command: String, _ policy: ToolPolicy = ToolPolicy())
        async -> ToolResult
    {
        await scratch.shell(command, .onCopy, policy)
    }

    private func outcomes(_ result: ToolResult, _ key: String = "changed_files", _ fact: String = "outcome")
        -> [String]
    {
        (result.output[key]?.array ?? []).map { "\($0["path"]?.string ?? "") \($0[fact]?.string ?? "")" }
    }

    @Test("new, changed, moved and removed files come back")
    func changes() async throws {
        let scratch = try ScratchWorkspace([
            "keep": "k", "edit": "1", "gone": "x", "dir/a": "a", "dir/b": "b", "kind": "f",
        ])
        let result = await shell(
            scratch,
            "echo 2 > edit; rm gone; mv dir moved; mkdir -p n/e; echo z > n/z; chmod +x keep; touch moved/a; rm kind; mkdir kind; echo i > kind/in"
        )
        #expect(
            outcomes(result) == [
                "dir/a deleted", "dir/b deleted", "gone deleted", "kind deleted", "edit replaced",
                "keep replaced",
                "kind/in created", "moved/a created", "moved/b created", "n/z created",
            ]
        )
        #expect(
            scratch.read("edit") == "2\n" && scratch.read("n/z") == "z\n" && scratch.read("moved/b") == "b"
        )
        #expect(!scratch.exists("gone") && !scratch.exists("dir") && scratch.exists("n/e"))
        #expect(access("\(scratch.path)/keep", X_OK) == 0)
    }

    @Test("what leads out, what git runs and what is no file stays behind")
    func refusals() async throws {
        let scratch = try ScratchWorkspace([".git/HEAD": "ref: x\n", ".git/config": "[core]\n", "a": "1"])
        let result = await shell(
            scratch,
            """
            ln -s /etc/passwd abs; ln -s ../secret up; ln -s .git/config g; ln -s a ok; mkfifo p
            echo '[alias]' >> .git/config; mkdir -p .git/hooks; echo x > .git/hooks/pre-commit; echo 'ref: y' > .git/HEAD
            mkdir s; echo 'gitdir: ../evil' > s/.git
            """
        )
        #expect(outcomes(result) == [".git/HEAD replaced", "ok created"])
        #expect(
            outcomes(result, "not_brought_back", "reason").map {
                $0.split(separator: " ").first.map(String.init)
            } == [
                ".git/config", ".git/hooks", ".git/hooks/pre-commit", "abs", "g", "p", "s/.git", "up",
            ]
        )
        #expect(scratch.read(".git/config") == "[core]\n")
        #expect(result.text.contains("Not brought back from the sandbox"))
        for name in ["abs", "up", "g", "p", ".git/hooks", "s/.git"] {
            #expect(!scratch.exists(name), "\(name)")
        }
    }

    @Test("a file that changed in the workspace meanwhile is left as it is there")
    func conflicts() async throws {
        let scratch = try ScratchWorkspace(["both": "old", "removed": "old", "plain": "old"])
        let workspace = try Workspace(scratch.path)
        let owner = SandboxMode.onCopy.place.owner
        let copy = try WorkspaceCopy.make(of: workspace, for: owner, ToolPolicy(), StopSignal(timeout: nil))
        for name in ["both", "plain", "made"] { try ScratchWorkspace.put("sandbox", "\(copy.path)/\(name)") }
        unlink("\(copy.path)/removed")
        for name in ["both", "removed", "made"] { try scratch.write(name, "host, later") }
        let returned = try WorkspaceReturn(copy, to: workspace, ToolPolicy())
        #expect(returned.facts["changed_files"] == [["path": "plain", "outcome": "replaced"]])
        #expect(returned.facts["not_brought_back_total"] == 3)
        for name in ["both", "removed", "made"] { #expect(scratch.read(name) == "host, later") }
    }

    @Test("a workspace beyond the limits is refused before anything runs")
    func limits() async throws {
        let scratch = try ScratchWorkspace(["a": String(repeating: "x", count: 5000), "b": "1", "c": "1"])
        var small = ToolPolicy()
        small.copyBytesMax = 1000
        #expect(await shell(scratch, "touch ran", small).failure == .tooLarge)
        var few = ToolPolicy()
        few.copyEntriesMax = 2
        let result = await shell(scratch, "touch ran", few)
        #expect(result.failure == .tooLarge && result.text.contains("more than 2 entries"))
        var nowhere = ToolPolicy()
        nowhere.scratchFolder = "/nowhere"
        #expect(await shell(scratch, "touch ran", nowhere).failure == .failed)
        #expect(!scratch.exists("ran"))
    }

    @Test("copies are removed, and those of killed processes are swept")
    func scratchFolders() async throws {
        let scratch = try ScratchWorkspace(["a/b": "1"])
        var policy = ToolPolicy()
        policy.scratchFolder = scratch.outer + "/beside"
        chmod(policy.scratchFolder, 0o755)
        _ = await shell(scratch, "mkdir -p x/y; touch x/y/z; chmod 000 x", policy)
        #expect(scratch.outside[3] == "secret")
    }

    @Test("a copy much deeper than anybody nests folders is removed too")
    func deepTree() async throws {
        let scratch = try ScratchWorkspace()
        var policy = ToolPolicy()
        policy.scratchFolder = scratch.outer + "/beside"
        let script = "i=0; while [ $i -lt 300 ]; do mkdir d && cd d || break; i=$((i+1)); done; echo $i"
        let result = await shell(scratch, script, policy)
        #expect(result.text.hasPrefix("300\n"))
        #expect(scratch.outside[3] == "secret")
    }

    @Test("files of somebody's workspace stay theirs")
    func owner() async throws {
        let scratch = try ScratchWorkspace(["a": "1"])
        // Only root can work in somebody else's folder; anybody else works in their own.
        let owner = geteuid() == 0 ? 12345 : geteuid()
        if owner != geteuid() { for name in ["", "/a"] { chown(scratch.path + name, owner, owner) } }
        _ = await shell(scratch, "echo 2 > a; mkdir d; echo n > d/n")
        for name in ["a", "d", "d/n"] {
            var status = stat()
            stat("\(scratch.path)/\(name)", &status)
            #expect(status.st_uid == owner, "\(name)")
        }
    }

    static let links: [(String, String, Bool)] = [
        ("a", "b", true), ("../b", "a/l", true), ("../../b", "a/l", false), ("..", "l", false),
        ("/etc", "l", false),
        (".git/config", "l", false), ("./a/../b", "l", true), ("a/../../b", "l", false),
    ]

    @Test("links are judged by where their text leads", arguments: links)
    func linkTargets(_ target: String, _ path: String, _ stays: Bool) throws {
        #expect(WorkspaceReturn.staysInside(target, from: try WorkspacePath(path, root: "/w")) == stays)
    }
}
