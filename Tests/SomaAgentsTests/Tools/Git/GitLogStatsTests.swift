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

    @Test("the most-changed files are counted, the same in two ways", arguments: ["name_only", "raw"])
    func counts(_ method: String) async throws {
        let result = try await repository().call(GitLogStatsTool(), ["method": .string(method), "limit": 1])
        #expect(
            result.output["commits"] == 3 && result.output["authors"] == 1 && result.output["changes"] == 4
        )
        #expect(result.output["most_changed"] == [["path": "a b.txt", "commits": 3]])
    }

    @Test("all commits are counted, also merges, and files that are gone are not named")
    func whole() async throws {
        let scratch = try repository()
        let script = """
            cd '\(scratch.path)' && git checkout -qb side HEAD~1 && git mv c.txt d.txt && git commit -qm moved
            git checkout -q - && git merge -q --no-edit side && mkdir sub && echo 1 > sub/x && git add sub && git commit -qm sub
            """
        _ = try HostProgram.output("/bin/sh", ["-c", script], environment: ["HOME=/nonexistent"])
        let result = try await scratch.call(GitLogStatsTool(), ["commits": 2])
        #expect(result.output["commits"] == 6 && result.output["commits_read"] == 2)
        #expect(result.output["commits_last_year"] == 6 && result.output["shallow"] == false)
        let all = try await scratch.call(GitLogStatsTool(), [:])
        let named = all.output["most_changed"]?.array?.compactMap { $0["path"]?.string }
        #expect(named == ["a b.txt", "d.txt", "sub/x"])
        #expect(all.output["files_changed"] == 4)
        let below = try await scratch.call(GitLogStatsTool(), ["path": "sub"])
        #expect(below.output["commits"] == 1 && below.text.hasPrefix("1 commit by 1 author from "))
    }

    @Test("times that no calendar has are shown as the last day of one")
    func wrongTimes() {
        var history = GitHistory()
        history.addCommits(Array("9223372036854775807 a\n-5 b\nnonsense\n\n".utf8), now: 0)
        let result = history.result(limit: 1, isShallow: true) { _ in true }
        #expect(result.output["first_day"] == "1970-01-01" && result.output["last_day"] == "9999-12-31")
        #expect(result.output["commits"] == 2)
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
