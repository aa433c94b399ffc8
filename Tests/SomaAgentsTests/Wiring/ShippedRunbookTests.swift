import Foundation
import SomaAgents
import SomaCore
import SomaEngine
import SomaHTTP
import Synchronization
import Testing

@Suite("The runbooks that ship")
struct ShippedRunbookTests {
    private let registry: ToolRegistry
    private let catalog: RoleCatalog
    private let store = MemoryOnlyStore()

    init() throws {
        registry = try ToolRegistry(BuiltinTools.all(client: HTTPClient(userAgent: "soma-tests")))
        catalog = try RoleCatalog(folder: AgentsFolder.shipped, tools: registry.specifications)
    }

    private func run(
        _ goal: String,
        in folder: AgentsFolder,
        runbook: String? = nil,
        parameters: JSONObject = [:],
        person: @escaping @Sendable (EffectRequest) -> String? = { _ in nil }
    ) async throws -> CognitionHarness {
        let effects = AgentEffects(registry: registry, store: store) {
            Timestamp(microseconds: 1_780_000_000_000_000)
        }
        let request = StartRequest(
            goal: goal,
            runbook: runbook,
            parameters: parameters,
            workspace: folder.path
        )
        var harness = CognitionHarness(
            try catalog.prepare(request),
            goal: goal,
            reply: CognitionHarness.performed(by: effects, catalog: catalog, person: person)
        )
        await harness.run()
        return harness
    }

    private func git(_ folder: AgentsFolder, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["git", "-C", folder.path, "-c", "user.name=a", "-c", "user.email=a@example.org"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }

    @Test("a survey of a small repository counts, delegates, verifies and reports")
    func survey() async throws {
        let folder = try AgentsFolder()
        defer { folder.remove() }
        try folder.write("LICENSE", "MIT License\n\nPermission is hereby granted, free of charge\n")
        try folder.write("Package.swift", "// swift-tools-version: 6.2\n")
        try folder.write("Sources/a.swift", "// " + "TO" + "DO: more\nlet a = 1\n")
        try folder.write("Tests/aTests.swift", "func testA() {}\n")
        try git(folder, ["init", "-q"])
        try git(folder, ["add", "."])
        try git(folder, ["commit", "-q", "-m", "first"])
        let run = try await run("survey this repository", in: folder)
        #expect(run.state.status == .completed, "\(run.outcome)")
        for part in [
            "4 files", "Swift", "LICENSE", "1 commit by 1 author", "1 comment in 1 file begins",
            "`Package.swift`",
            "1 test file with 1 line", "MIT",
        ] {
            #expect(run.outcome.contains(part), "\(part) is missing in:\n\(run.outcome)")
        }
        #expect(run.state.counts.children == 1)
        #expect(run.state.counts.rejected == 0)
        #expect(store.memories.withLock { $0.map(\.workspace) } == [folder.path])
    }

    @Test("a survey works in an empty folder, without git")
    func empty() async throws {
        let folder = try AgentsFolder()
        defer { folder.remove() }
        let run = try await run("survey .", in: folder)
        #expect(run.state.status == .completed, "\(run.outcome)")
        #expect(run.outcome.contains("0 files"))
        #expect(run.outcome.contains("No licence file was found."))
        #expect(run.outcome.contains("No history was read."))
        #expect(run.state.counts.replans >= 1)
    }

    @Test("a check of the host reads each value twice and reports")
    func host() async throws {
        let folder = try AgentsFolder()
        defer { folder.remove() }
        try folder.write("big.bin", String(repeating: "x", count: 4096))
        let run = try await run("check this host", in: folder)
        #expect(run.state.status == .completed, "\(run.outcome)")
        #expect(run.outcome.contains("## Readings"))
        #expect(run.outcome.contains("`big.bin`"), "\(run.outcome)")
        #expect(run.state.counts.children == 1)
    }

    @Test("a note is written only after a person agreed")
    func note() async throws {
        let folder = try AgentsFolder()
        defer { folder.remove() }
        let refused = try await run("write note hello to n.md", in: folder) { _ in "not now" }
        #expect(refused.state.statusReason == "step.rejected")
        #expect(folder.read("n.md") == nil)
        let written = try await run("write note hello to n.md", in: folder)
        #expect(written.state.status == .completed, "\(written.outcome)")
        #expect(folder.read("n.md") == "hello\n")
        let asked = try await run("write a note", in: folder)
        #expect(asked.state.status == .completed, "\(asked.outcome)")
        #expect(folder.read("NOTES.md") == "an answer\n")
    }

    @Test("a text is replaced by a patch that a person approves")
    func replace() async throws {
        let folder = try AgentsFolder()
        defer { folder.remove() }
        try folder.write("a.txt", "one old\ntwo\nold old\n")
        let run = try await run("replace old with new in a.txt", in: folder)
        #expect(run.state.status == .completed, "\(run.outcome)")
        #expect(folder.read("a.txt") == "one new\ntwo\nnew new\n")
        let missing = try await self.run("replace nothing with something in a.txt", in: folder)
        #expect(missing.state.statusReason == "verify.rejected")
    }

    @Test("later runs recall what earlier ones committed")
    func recall() async throws {
        let folder = try AgentsFolder()
        defer { folder.remove() }
        _ = try await run("largest files", in: folder)
        let second = try await run("survey .", in: folder)
        #expect(
            second.outcome.contains("Earlier runs on this folder committed: largest-files: largest files.")
        )
    }
}
