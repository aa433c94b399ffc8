import SomaCore
import Testing

@testable import SomaAgents

@Suite("Searching files")
struct SearchTests {
    private let files: KeyValuePairs<String, String> = [
        "a.txt": "one\ntwo TODO: x\nthree\nfour\nFIXME five\nsix\n",
        "b/c.txt": "TODO at the start\r\nlast TODO",
        "d.bin": "TODO\u{0}", ".ignore": "ignored\n", "ignored": "TODO", "e.swift": "let a = \"Größe\"\n",
    ]

    private func lines(_ arguments: JSON, _ policy: ToolPolicy = ToolPolicy()) async throws -> [String] {
        let result = try await ScratchWorkspace(files).call(SearchTool(), arguments, policy)
        return result.text.split(separator: "\n").map(String.init)
    }

    static let matches: [(JSON, [String])] = [
        (
            ["pattern": "TODO"],
            [
                "a.txt:2:two TODO: x", "b/c.txt:1:TODO at the start", "b/c.txt:2:last TODO",
                "3 lines in 2 of 4 files",
            ]
        ),
        (
            ["pattern": "^TODO|FIXME"],
            ["a.txt:5:FIXME five", "b/c.txt:1:TODO at the start", "2 lines in 2 of 4 files"]
        ),
        (
            ["pattern": "todo", "ignore_case": true, "path": "a.txt"],
            ["a.txt:2:two TODO: x", "1 line in 1 of 1 file"]
        ),
        (["pattern": "TODO:?.x"], ["a.txt:2:two TODO: x", "1 line in 1 of 4 files"]),
        (["pattern": "Gr.ße"], ["e.swift:1:let a = \"Größe\"", "1 line in 1 of 4 files"]),
        (["pattern": "a.txt", "literal": true], ["0 lines in 0 of 4 files"]),
        (
            ["pattern": "e$", "globs": ["a.*"]],
            ["a.txt:1:one", "a.txt:3:three", "a.txt:5:FIXME five", "3 lines in 1 of 1 file"]
        ),
        (
            ["pattern": "t", "limit": 1, "path": "a.txt"],
            ["a.txt:2:two TODO: x", "2 lines in 1 of 1 file, 1 shown"]
        ),
        (["pattern": "TODO", "path": "ignored"], ["ignored:1:TODO", "1 line in 1 of 1 file"]),
        (
            ["pattern": "x*", "path": "a.txt", "limit": 2],
            ["a.txt:1:one", "a.txt:2:two TODO: x", "6 lines in 1 of 1 file, 2 shown"]
        ),
        (
            ["pattern": "three|five", "path": "a.txt", "context": 1],
            [
                "a.txt-2-two TODO: x", "a.txt:3:three", "a.txt-4-four", "a.txt:5:FIXME five", "a.txt-6-six",
                "2 lines in 1 of 1 file",
            ]
        ),
        (
            ["pattern": "one|six", "path": "a.txt", "context": 1],
            [
                "a.txt:1:one", "a.txt-2-two TODO: x", "--", "a.txt-5-FIXME five", "a.txt:6:six",
                "2 lines in 1 of 1 file",
            ]
        ),
        (
            ["pattern": "o$|two", "path": "a.txt", "context": 2],
            [
                "a.txt-1-one", "a.txt:2:two TODO: x", "a.txt-3-three", "a.txt-4-four",
                "1 line in 1 of 1 file",
            ]
        ),
    ]

    @Test(
        "matching lines are found with their places",
        arguments: matches
    )
    func matching(_ arguments: JSON, _ expected: [String]) async throws {
        #expect(try await lines(arguments) == expected)
    }

    @Test("facts hold path, line, column and context")
    func facts() async throws {
        let result = try await ScratchWorkspace(files).call(
            SearchTool(),
            ["pattern": "T[O]DO:", "context": 1, "path": "a.txt"]
        )
        #expect(
            result.output["matches"] == [
                [
                    "path": "a.txt", "line": 2, "text": "two TODO: x", "column": 5, "before": ["one"],
                    "after": ["three"],
                ]
            ]
        )
    }

    @Test("a wrong pattern is an error with its place")
    func wrong() async throws {
        let result = try await ScratchWorkspace(files).call(SearchTool(), ["pattern": "a("])
        #expect(result.failure == .invalidArguments)
        #expect(result.text.hasPrefix("The search can't begin: the pattern is wrong at character 2"))
    }

    @Test("long lines and the output limit cut, and say so")
    func limits() async throws {
        let scratch = try ScratchWorkspace([
            "long": String(repeating: "x", count: 5000) + "\n" + String(repeating: "xy\n", count: 200)
        ])
        var policy = ToolPolicy()
        policy.outputBytesMax = 600
        let result = try await scratch.call(SearchTool(), ["pattern": "x"], policy)
        #expect(result.truncated && result.text.utf8.count < 700)
        #expect(result.text.contains("x…") && result.text.hasSuffix("shown"))
        #expect(result.output["lines_matched"] == 201)
    }

    @Test("the search agrees with a plain one over random texts")
    func random() throws {
        var generator = SplitMix(seed: 7)
        for pattern in ["ab", "a+b", "^a", "b$", "a.b", "(ab|ba)c?", "[^a]b", "\\ba"] {
            let regex = try LinearRegex(pattern, mode: .lines)
            let single = try LinearRegex(pattern)
            for _ in 0..<40 {
                let lines = (0..<12).map { _ in
                    String(
                        (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                            "abc ".randomElement(using: &generator) ?? "a"
                        }
                    )
                }
                let expected = lines.dropLast(lines.last == "" ? 1 : 0).filter { single.matches($0) }.count
                var search = FileSearch(regex: regex, context: 0, limit: 100, bytesMax: 10_000)
                let scratch = try ScratchWorkspace(["f": lines.joined(separator: "\n")])
                let workspace = try Workspace(scratch.path)
                let file = try workspace.openFile(workspace.relative("f"))
                try search.search(file.raw, path: workspace.relative("f"))
                #expect(search.result.output["lines_matched"] == JSON(expected), "\(pattern) in \(lines)")
            }
        }
    }
}

/// A small seeded generator: a failure repeats.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
