import Glibc
import SomaCore
import Testing

@testable import SomaAgents

@Suite("Reading and listing files")
struct ReadAndListTests {
    @Test(
        "lines are cut out where they are asked for",
        arguments: [
            (1, 10, "a\nb\nc\nd", 4, false), (2, 2, "b\nc\n", 2, true), (4, 1, "d", 1, false),
            (1, 1, "a\n", 1, true),
            (9, 5, "", 0, false), (3, 100, "c\nd", 2, false),
        ]
    )
    func lines(_ first: Int, _ limit: Int, _ text: String, _ returned: Int, _ isCut: Bool) async throws {
        let scratch = try ScratchWorkspace(["f.txt": "a\nb\nc\nd"])
        let result = try await scratch.call(
            ReadFileTool(),
            ["path": "f.txt", "offset": JSON(first), "limit": JSON(limit)]
        )
        #expect(result.text == text)
        #expect(result.output["lines"] == 4)
        #expect(result.output["lines_returned"] == JSON(max(0, returned)))
        #expect(result.truncated == isCut)
    }

    @Test("a file larger than the output limit is cut, its lines are counted all the same")
    func large() async throws {
        let scratch = try ScratchWorkspace(["f.txt": String(repeating: "0123456789\n", count: 100_000)])
        var policy = ToolPolicy()
        policy.outputBytesMax = 1000
        let result = try await scratch.call(ReadFileTool(), ["path": "f.txt", "limit": 100_000], policy)
        #expect(result.text.utf8.count == 1000 && result.truncated)
        #expect(result.output["lines"] == 100_000)
    }

    @Test("binary, missing and wrong kinds of files are told apart")
    func kinds() async throws {
        let scratch = try ScratchWorkspace(["d/x": "1", "empty": ""])
        let descriptor = open("\(scratch.path)/bin", O_WRONLY | O_CREAT, 0o644)
        _ = Glibc.write(descriptor, [1, 0, 2], 3)
        close(descriptor)
        let binary = try await scratch.call(ReadFileTool(), ["path": "bin"])
        #expect(binary.failure == .failed && binary.output["binary"] == true)
        #expect(try await scratch.call(ReadFileTool(), ["path": "none"]).failure == .notFound)
        #expect(try await scratch.call(ReadFileTool(), ["path": "d"]).failure == .failed)
        #expect(try await scratch.call(ReadFileTool(), ["path": "d/x/y"]).failure == .notFound)
        #expect(try await scratch.call(ReadFileTool(), ["path": "empty"]).text == "")
        #expect(await ReadFileTool().call(["path": "x"], ToolContext(workspace: nil)).failure == .refused)
    }

    static let tree: KeyValuePairs<String, String> = [
        ".gitignore": "*.log\n/build/\n!keep.log\ndeep/**/x.txt\n# note\n\ntrail \n\\#hash\n",
        ".ignore": "secret*\n", "a.txt": "1", "b.log": "1", "keep.log": "1", "build/out.o": "1",
        "src/build/in.o": "1",
        "src/main.swift": "1", "src/.gitignore": "gen/\n/only.c\n", "src/gen/g.c": "1", "src/only.c": "1",
        "src/sub/only.c": "1", "deep/1/2/x.txt": "1", "deep/y.txt": "1", "secrets.env": "1", "trail": "1",
        "#hash": "1",
        ".git/config": "1", ".git/info/exclude": "excluded\n", "excluded": "1",
    ]

    @Test("ignore files are honoured as git does")
    func ignore() async throws {
        let scratch = try ScratchWorkspace(Self.tree)
        let result = try await scratch.call(ListFilesTool(), [:])
        #expect(
            result.text.split(separator: "\n").map(String.init) == [
                ".gitignore", ".ignore", "a.txt", "deep/y.txt", "keep.log", "src/.gitignore",
                "src/build/in.o",
                "src/main.swift", "src/sub/only.c",
            ]
        )
        #expect(result.output["total"] == 9)
        let below = try await scratch.call(ListFilesTool(), ["path": "src"])
        #expect(below.output["total"] == 4)
    }

    static let choices: [(JSON, [String])] = [
        (["globs": ["*.swift"]], ["src/main.swift"]), (["globs": ["src/**/*.c"]], ["src/sub/only.c"]),
        (["globs": ["*.txt", "!deep/**"]], ["a.txt"]),
        (["depth": 1, "globs": ["[a-k]*"]], ["a.txt", "keep.log"]),
        (
            ["path": "src", "folders": true, "depth": 1],
            ["src/.gitignore", "src/build/", "src/main.swift", "src/sub/"]
        ),
        (["globs": ["?.txt"]], ["a.txt", "deep/y.txt"]),
        (["limit": 2], [".gitignore", ".ignore", "… and 7 more"]),
        (["globs": ["none"]], ["Nothing there fits."]),
        (["path": "build", "ignored": true], ["build/out.o"]),
    ]

    @Test(
        "globs, depth, folders and limits choose",
        arguments: choices
    )
    func choice(_ arguments: JSON, _ expected: [String]) async throws {
        let scratch = try ScratchWorkspace(Self.tree)
        let result = try await scratch.call(ListFilesTool(), arguments)
        #expect(result.text.split(separator: "\n").map(String.init) == expected)
    }

    @Test("a survey and two counts agree on a git repository")
    func survey() async throws {
        let scratch = try ScratchWorkspace([
            "LICENSE": "MIT License\n\nPermission is hereby granted, free of charge", "src/a.swift": "a\nb\n",
            "src/b.swift": "c",
            "Tests/aTests.swift": "x\ny\n", "README.md": "# hi\n", ".gitignore": "*.o\n", "x.o": "zzz",
            "Makefile": "all:\n",
        ])
        let git = HostProgram.self
        _ = try git.output("/usr/bin/git", ["init", "-q", scratch.path], environment: ["HOME=/nonexistent"])
        let survey = try await scratch.call(SurveyFilesTool(), ["largest": 1])
        #expect(survey.output["files"] == 7 && survey.output["lines"] == 11)
        #expect(survey.output["languages"]?[0] == ["name": "Swift", "files": 3, "lines": 5, "bytes": 9])
        #expect(survey.output["tests"] == ["files": 1, "lines": 2])
        #expect(survey.output["licences"] == [["path": "LICENSE", "kind": "MIT"]])
        #expect(survey.output["largest"]?.array?.count == 1)
        for method in ["walk", "git"] {
            let count = try await scratch.call(CountLinesTool(), ["method": .string(method)])
            #expect(count.output["files"] == 7 && count.output["lines"] == 11, "\(method)")
            #expect(count.output["bytes"] == survey.output["bytes"])
        }
        let one = try await scratch.call(CountLinesTool(), ["path": "src/a.swift"])
        #expect(
            one.output == ["files": 1, "lines": 2, "bytes": 4, "binary_files": 0, "unreadable_folders": 0]
        )
        let filtered = try await scratch.call(
            CountLinesTool(),
            ["path": "src", "method": "git", "globs": ["b.*"]]
        )
        #expect(filtered.output["lines"] == 1)
    }

    @Test("other people's code is measured apart, and left out where that is asked for")
    func vendored() async throws {
        let scratch = try ScratchWorkspace([
            "main.go": "a\nb\n", "main_test.go": "t\n", "LICENSE": "MIT License\n",
            "vendor/x/lib.go": "1\n2\n3\n", "vendor/x/LICENSE": "ISC License\n",
            "web/node_modules/y/TODO.js": "1\n",
        ])
        let survey = try await scratch.call(SurveyFilesTool(), [:])
        #expect(survey.output["files"] == 6 && survey.output["lines"] == 9)
        #expect(survey.output["own"] == ["files": 3, "lines": 4, "bytes": 18])
        #expect(
            survey.output["vendored"] == [
                "files": 3, "lines": 5, "bytes": 20, "folders": ["vendor", "web/node_modules"],
                "licences": [["kind": "ISC", "count": 1]],
            ]
        )
        #expect(survey.output["licences"] == [["path": "LICENSE", "kind": "MIT"]])
        #expect(survey.output["languages"]?.array?.count == 2)
        let together = try await scratch.call(SurveyFilesTool(), ["apart": false, "largest": 1])
        #expect(together.output["own"]?["files"] == 6)
        let counted = try await scratch.call(CountLinesTool(), ["vendored": false])
        #expect(counted.output["files"] == 3 && counted.output["lines"] == 4)
        let listed = try await scratch.call(ListFilesTool(), ["vendored": false])
        #expect(listed.output["files"] == 3)
        let found = try await scratch.call(SearchTool(), ["pattern": "1", "vendored": false])
        #expect(found.output["files_searched"] == 3 && found.output["lines_matched"] == 0)
    }

    @Test(
        "licences are named by their words",
        arguments: [
            ("Apache License\n Version 2.0", "Apache-2.0"), ("GNU LESSER GENERAL\nPUBLIC LICENSE", "LGPL"),
            ("GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", "GPL-3.0"),
            ("Redistribution and use in source and binary forms", "BSD-2-Clause"),
            ("Redistribution and use in source and binary forms … Neither the name of", "BSD-3-Clause"),
            ("This project is dual-licensed under the Unlicense and MIT licenses.", "Unlicense or MIT"),
            ("All rights reserved", "unknown"),
        ]
    )
    func licences(_ text: String, _ name: String) {
        #expect(Licence.name(of: Array(text.utf8)) == name)
    }

    @Test("a walk ends when its task is cancelled or time is up")
    func stops() throws {
        let scratch = try ScratchWorkspace(["a/b": "1"])
        let workspace = try Workspace(scratch.path)
        let cancelled = StopSignal(timeout: nil)
        cancelled.cancel()
        for (stop, failure) in [
            (cancelled, ToolResult.Failure.cancelled), (StopSignal(timeout: .zero), .timedOut),
        ] {
            var walk = FileWalk(workspace, from: .root, stop: stop)
            do throws(ToolError) {
                try walk.run { _ in true }
                Issue.record("the walk went on")
            } catch {
                #expect(error.failure == failure)
            }
        }
    }
}
