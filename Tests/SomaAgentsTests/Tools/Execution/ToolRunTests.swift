import SomaCore
import Synchronization
import Testing

@testable import SomaAgents

@Suite("One call from the command line")
struct ToolRunTests {
    @Test("words become arguments")
    func words() throws {
        let search = SearchTool().specification
        #expect(
            try ToolRun.arguments(["TODO", "limit=3", "globs=*.c,*.h"], for: search)
                == ["pattern": "TODO", "limit": 3, "globs": ["*.c", "*.h"]]
        )
        #expect(try ToolRun.arguments(["{\"pattern\":\"x=y\"}"], for: search) == ["pattern": "x=y"])
        #expect(try ToolRun.arguments(["x=y"], for: search) == ["pattern": "x=y"])
        #expect(
            try ToolRun.arguments(["limit=many", "p"], for: search) == ["limit": "many", "pattern": "p"]
        )
        #expect(
            try ToolRun.arguments(["echo", "a  b"], for: ShellTool().specification) == [
                "command": "echo a  b"
            ]
        )
        #expect(try ToolRun.arguments(["src"], for: ListFilesTool().specification) == ["path": "src"])
        #expect(throws: ToolError.self) { try ToolRun.arguments(["a", "b"], for: search) }
    }

    @Test("results have the contract's exit statuses")
    func statuses() {
        let statuses = ([nil] + ToolResult.Failure.allCases).map {
            ToolRun.exitStatus(of: ToolResult(failure: $0, text: ""))
        }
        #expect(statuses == [0, 2, 2, 5, 1, 1, 130, 1, 1])
        #expect(ToolRun.exitStatus(of: ToolResult(failure: .failed, exitStatus: 42, text: "")) == 42)
    }

    @Test("a command's output comes as it is written, and its status is the result's")
    func shell() async throws {
        let scratch = try ScratchWorkspace()
        let run = ToolRun(
            name: "shell",
            words: ["echo", "out;", "echo err >&2; exit 3"],
            workspace: scratch.path
        )
        let seen = Mutex<[ToolOutput.Stream: String]>([:])
        let result = await run.run(in: try ToolRegistry(BuiltinTools.all)) { chunk in
            seen.withLock { $0[chunk.stream, default: ""] += String(decoding: chunk.bytes, as: UTF8.self) }
        }
        #expect(seen.withLock { $0 } == [.output: "out\n", .error: "err\n"])
        #expect(
            result.exitStatus == 3 && result.output["stdout"] == "out\n" && result.output["stderr"] == "err\n"
        )
        let wrong = await ToolRun(name: "shel", words: [], workspace: nil).run(
            in: try ToolRegistry([ShellTool()])
        ) { _ in }
        #expect(wrong.failure == .unknownTool)
    }

    @Test("more work than threads waits for its turn and all of it is done")
    func pool() async {
        let pool = BlockingPool(label: "test", threadsMax: 2)
        let gauge = Gauge()
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    await pool.run { _ in
                        gauge.enter()
                        gauge.leave()
                        return number
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 19900)
        #expect(gauge.most <= 2)
    }

    @Test("kept output is the beginning and the end, with what was left out between")
    func keptOutput() {
        var kept = KeptOutput(bytesMax: 10)
        kept.add(Array("abcdefgh".utf8))
        #expect(kept.text == "abcdefgh" && !kept.isCut)
        kept.add(Array(repeating: UInt8(ascii: "."), count: 200_000))
        kept.add(Array("vwxyz".utf8))
        #expect(kept.text == "abcde\n[… 200003 bytes left out …]\nvwxyz" && kept.isCut)
    }
}

/// Counts how many are inside at once.
private final class Gauge: Sendable {
    private let counts = Mutex((now: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock { counts in
            counts.now += 1
            counts.most = max(counts.most, counts.now)
        }
    }

    func leave() { counts.withLock { $0.now -= 1 } }
}
