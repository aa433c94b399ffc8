import Glibc
import SomaCore
import Testing

@testable import SomaAgents

@Suite("Git history")
struct GitLogStatsTests {
    private func repository() throws -> ScratchWorkspace {
        let scratch = try ScratchWorkspace(["a b.txt": "1", "c.txt": "1"])
        let script = """
            cd '\(scratch.path)' && git init -q . && git config user.name n && git config user.email n@example.org
            git add . && git commit -qm one && echo 2 > 'a b.txt' && git commit -qam two && echo 3 > 'a b.txt'
            git commit -qam three
            """
        _ = try HostProgram.output("/bin/sh", ["-c", script], environment: ["HOME=/nonexistent"])
        return scratch
    }

    @Test("the most-changed files are counted, the same in two ways", arguments: ["name_only", "numstat"])
    func counts(_ method: String) async throws {
        let result = try await repository().call(GitLogStatsTool(), ["method": .string(method), "limit": 1])
        #expect(
            result.output["commits"] == 3 && result.output["authors"] == 1 && result.output["changes"] == 4
        )
        #expect(result.output["most_changed"] == [["path": "a b.txt", "commits": 3]])
    }

    @Test("what a hostile repository's settings would run is not run")
    func hostile() async throws {
        let scratch = try repository()
        let mark = "\(scratch.outer)/pwned"
        let run = "touch \(mark)"
        try ScratchWorkspace.put(
            """
            [core]
            \tfsmonitor = \(run)
            \tpager = \(run)
            \talternateRefsCommand = \(run)
            \tsshCommand = \(run)
            [diff]
            \texternal = \(run)
            [diff "x"]
            \ttextconv = \(run)
            \tcommand = \(run)
            [log]
            \tshowSignature = true
            [gpg]
            \tprogram = \(run)
            [alias]
            \tlog = !\(run)
            [filter "x"]
            \tclean = \(run)
            \tprocess = \(run)
            [pager]
            \tlog = \(run)

            """,
            "\(scratch.path)/.git/config"
        )
        try scratch.write(".gitattributes", "* diff=x filter=x\n")
        let result = try await scratch.call(GitLogStatsTool(), [:])
        #expect(result.output["commits"] == 3)
        _ = try await scratch.call(CountLinesTool(), ["method": "git"])
        #expect(access(mark, F_OK) != 0)
    }

    @Test("no repository and one that is elsewhere are refused")
    func missing() async throws {
        #expect(try await ScratchWorkspace().call(GitLogStatsTool(), [:]).failure == .notFound)
        let elsewhere = try ScratchWorkspace([".git": "gitdir: /etc"])
        #expect(try await elsewhere.call(GitLogStatsTool(), [:]).failure == .refused)
    }
}
