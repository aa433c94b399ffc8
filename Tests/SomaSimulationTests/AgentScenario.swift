import FoundationEssentials
import SomaAgents
import SomaCore
import SomaEngine
import SomaHTTP
import SomaSimulation

/// The roles and runbooks that ship, with tools that answer without touching anything.
enum AgentScenario {
    static let goals = [
        "survey this repository", "check this host", "largest files", "write the note hello to NOTES.md",
        "write a note", "replace old with new in a.txt",
    ]

    static func make() throws -> SimulationScenario {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "agents").path()
        let registry = try ToolRegistry(BuiltinTools.all(client: HTTPClient()))
        let catalog = try RoleCatalog(folder: folder, tools: registry.specifications)
        return SimulationScenario(
            catalog: catalog,
            world: SimulatedTools(),
            requests: { random in
                (0..<random.number(20...22)).map { _ in
                    StartRequest(
                        goal: random.pick(goals) ?? "",
                        workspace: "/workspace",
                        limits: Limits(
                            steps: random.chance(0.3) ? random.number(10...120) : nil,
                            seconds: random.chance(0.1) ? random.number(1...120) : nil
                        )
                    )
                }
            }
        )
    }
}

/// Tools that answer as real ones would of a small folder and a quiet machine, and now and then count otherwise.
struct SimulatedTools: SimulatedWorld {
    func result(of call: EffectCall, using generator: inout SeededGenerator) -> EffectResult {
        let changed = generator.chance(0.04) ? generator.number(1...5) : 0
        let output: JSON =
            switch call.name {
            case "survey_files":
                [
                    "files": JSON(10 + changed), "lines": 100, "bytes": 5000, "folders": 3,
                    "languages": [["name": "Swift", "files": 10, "lines": 100]],
                    "largest": [["path": "a.swift", "bytes": 900, "lines": 30]],
                    "tests": ["files": 2, "lines": 20], "licences": [["path": "LICENSE", "name": "MIT"]],
                ]
            case "count_lines": ["files": 10, "lines": JSON(100 + changed), "bytes": 5000]
            case "git_log_stats":
                ["files_changed": JSON(3 + changed), "commits": 4, "files": [], "authors": 1]
            case "search":
                [
                    "files_matched": 1, "files_searched": 10, "lines_matched": 2,
                    "matches": [
                        ["path": "a.txt", "line": 1, "text": "old"],
                        ["path": "a.txt", "line": 2, "text": "old"],
                    ],
                ]
            case "list_files": ["total": 1, "entries": [["path": "Package.swift"]]]
            case "host_disk":
                ["fullest_percent": JSON(40 + 3 * changed), "disks": [["mount": "/", "percent": 40]]]
            case "host_memory":
                [
                    "total_bytes": 1_000_000, "swap_total_bytes": 0, "used_percent": 30,
                    "available_bytes": 700_000,
                ]
            case "host_load": ["load_1": 0.1, "load_5": 0.1, "load_15": 0.1, "processors": JSON(2 + changed)]
            case "host_ports": ["count": 2, "ports": []]
            case "host_clock": ["time": "2026-01-01T00:00:00Z", "offset_seconds": 0, "synchronized": true]
            case "host_info": ["kernel": "6.1", "host": "simulated"]
            default: ["bytes": 6]
            }
        return EffectResult(
            succeeded: true,
            words: Words(json: ["text": "hello\n", "output": output]),
            detail: ["bytes": 6]
        )
    }
}
