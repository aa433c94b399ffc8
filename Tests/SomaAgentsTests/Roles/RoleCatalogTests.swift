import SomaAgents
import SomaCore
import SomaEngine
import Testing

@Suite("Role catalog")
struct RoleCatalogTests {
    private static let config = """
        description: Tests things.
        tools: [look, count]
        limits: {steps: 100, usd: 0.5, time: 1m}
        model: {temperature: 0.5, output_tokens: 100, context: 8KiB}
        delegation: {to: [helper], depth: 1}
        """
    private static let book = """
        name: greet
        description: Greets.
        matches: [greet everybody, "greet {who}"]
        parameters:
          - {name: who, default: all}
          - {name: times, type: number, required: true, description: How often.}
        steps:
          - {id: look, title: Look, tool: look}
        report: Hello {{ params.who }}
        """

    private func folder(_ change: (AgentsFolder) throws -> Void = { _ in }) throws -> AgentsFolder {
        let folder = try AgentsFolder()
        try folder.write("tester/config.yaml", Self.config)
        try folder.write("tester/prompts/agent.system.main.md", "You test.")
        try folder.write("tester/runbooks/greet.yaml", Self.book)
        try folder.write("helper/config.yaml", "description: Helps.\ntools: [look]\n")
        try folder.write("helper/prompts/agent.system.main.md", "You help.")
        try folder.write("notes.txt", "not a role")
        try change(folder)
        return folder
    }

    private func catalog(_ folder: AgentsFolder, model: ModelChoice? = nil) throws(RoleError) -> RoleCatalog {
        try RoleCatalog(
            folder: folder.path,
            tools: Samples.tools.filter { !MemoryTools.names.contains($0.name) },
            model: model
        )
    }

    private func refusal(_ request: StartRequest, model: ModelChoice? = nil) throws -> StartRefusal? {
        let folder = try folder()
        defer { folder.remove() }
        let catalog = try catalog(folder, model: model)
        do throws(StartRefusal) {
            _ = try catalog.prepare(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("a folder is read into roles with their limits and runbooks")
    func reads() throws {
        let folder = try folder()
        defer { folder.remove() }
        let catalog = try catalog(folder)
        #expect(catalog.entries.map(\.role.name) == ["helper", "tester"])
        let role = try #require(catalog.entry("tester")?.role)
        #expect(role.limits == Limits(microdollars: 500_000, steps: 100, seconds: 60))
        #expect(role.delegates == ["helper"])
        #expect(catalog.tools(of: role).map(\.name) == ["count", "look", "memory_commit", "memory_recall"])
        #expect(try catalog.reloaded(model: nil).entries.count == 2)
    }

    @Test("a run is pinned, and its program is made again from the pins alone")
    func pins() throws {
        let folder = try folder()
        let catalog = try catalog(folder)
        let request = StartRequest(
            goal: "greet Ada",
            parameters: ["times": "2"],
            workspace: "/w",
            limits: Limits(steps: 50)
        )
        let prepared = try catalog.prepare(request)
        #expect(prepared.role == "tester")
        #expect(prepared.limits == Limits(microdollars: 500_000, steps: 50, seconds: 60))
        #expect(prepared.pinned.map(\.name) == ["graph", "role", "prompts", "inputs", "runbook"])
        #expect(prepared.document == ["workspace": "/w", "runbook": "greet"])
        // Today's files are gone and changed: the run doesn't care.
        folder.remove()
        let other = try self.folder {
            try $0.write("tester/runbooks/greet.yaml", Self.book.replacing("look}", with: "count}"))
        }
        defer { other.remove() }
        let later = try self.catalog(other)
        var run = RunState(id: RunID("r"))
        run.role = "tester"
        run.pins = ["role": "1"]
        let words = Dictionary(prepared.pinned.map { ($0.name, $0.words) }) { first, _ in first }
        let program = try later.program(for: run, pinned: words)
        #expect(program.graph == prepared.program.graph)
        let plan = try #require(program.behaviours["Plan"])
        let visit = NodeVisit(
            run: run,
            activation: Activation(id: 1, node: "Plan", visit: 1, enteredAt: run.lastAt),
            now: run.lastAt,
            library: Library()
        )
        guard case .leave("planned", let update) = plan.step(visit) else {
            Issue.record("Plan did not plan")
            return
        }
        #expect(update.plan?.words.text.contains("\"tool\":\"look\"") == true)
        for missing in ["graph", "role", "inputs", "runbook"] {
            var broken = words
            broken[missing] = missing == "inputs" ? Words("{}") : Words("- nothing")
            if missing == "inputs" { broken["runbook"] = nil }
            run.pins = ["role": missing]
            #expect { try later.program(for: run, pinned: broken) } throws: {
                ($0 as? StartRefusal)?.code == "pin.unreadable"
            }
        }
    }

    @Test(
        "what can't start says why and what to do",
        arguments: [
            (StartRequest(goal: " "), "goal.missing", "greet everybody"),
            (StartRequest(goal: "dance"), "goal.unknown", "SOMA_MODEL_URL"),
            (StartRequest(goal: "gret everybody"), "goal.unknown", "Nearest: \"greet everybody\""),
            (StartRequest(goal: "x", role: "tesster"), "role.unknown", "Did you mean tester?"),
            (StartRequest(goal: "x", runbook: "gret"), "runbook.unknown", "Did you mean greet?"),
            (StartRequest(goal: "x", runbook: "no/such.yaml"), "runbook.unreadable", "Check the path"),
            (StartRequest(goal: "greet Ada"), "parameter.missing", "--param times="),
            (
                StartRequest(goal: "greet Ada", parameters: ["times": "often"]), "parameter.invalid",
                "How often."
            ),
            (
                StartRequest(goal: "greet Ada", parameters: ["time": 1]), "parameter.unknown",
                "Did you mean times?"
            ),
        ]
    )
    func refusals(request: StartRequest, code: String, hint: String) throws {
        let refusal = try #require(try refusal(request))
        #expect(refusal.code == code)
        #expect(refusal.description.contains(hint), "\(refusal)")
    }

    @Test("with a model, a goal without runbook is planned by it")
    func model() throws {
        let folder = try folder()
        defer { folder.remove() }
        let prepared = try catalog(folder, model: ModelChoice(name: "m")).prepare(
            StartRequest(goal: "dance", role: "helper")
        )
        #expect(prepared.role == "helper")
        #expect(prepared.pinned.map(\.name) == ["graph", "role", "prompts", "inputs"])
        #expect(prepared.pinned.last?.words.json?["model"]?["name"] == "m")
        var run = RunState(id: RunID("r"))
        run.role = "helper"
        let words = Dictionary(prepared.pinned.map { ($0.name, $0.words) }) { first, _ in first }
        _ = try catalog(folder).program(for: run, pinned: words)
    }

    @Test("a runbook in a file is followed, and a wrong one is refused with its place")
    func file() throws {
        let folder = try folder { folder in
            try folder.write("w/my.yaml", Self.book.replacing("required: true", with: "default: 1"))
            try folder.write("w/bad.yaml", "name: bad\n")
        }
        defer { folder.remove() }
        let catalog = try catalog(folder)
        let prepared = try catalog.prepare(
            StartRequest(goal: "", runbook: "./my.yaml", workspace: "\(folder.path)/w")
        )
        #expect(prepared.document["runbook"] == "greet")
        #expect {
            try catalog.prepare(StartRequest(goal: "", runbook: "bad.yaml", workspace: "\(folder.path)/w"))
        } throws: {
            ($0 as? StartRefusal)?.code == "runbook.invalid"
                && "\($0)".contains("bad.yaml:1:1: expected the key \"description\"")
        }
    }

    @Test(
        "files that are wrong are named, all of them",
        arguments: [
            (
                "tester/config.yaml", "tools: [lok]\ndescription: d",
                "config.yaml:1:9: expected a tool, found \"lok\"; did you mean look?"
            ),
            (
                "tester/config.yaml", "tools: []\ndescription: d\napprovals: {look: why}",
                "expected approvals for tools in the role's scope"
            ),
            (
                "tester/config.yaml", "tools: [look]\ndescription: d\ndelegation: {to: [helpr]}",
                "there is no role \"helpr\"; did you mean helper?"
            ),
            ("tester/runbooks/b.yaml", "{", "b.yaml:"),
            ("tester/runbooks/b.yaml", book, "the runbook \"greet\" is in"),
            (
                "tester/runbooks/b.yaml",
                "name: b\ndescription: d\nreport: r\nsteps: [{id: a, title: A, delegate: {role: helper, goal: g, runbook: nix}}]",
                "helper has no runbook \"nix\""
            ),
            ("third/config.yaml", "description: d\ntools: []", "expected the role's prompt"),
        ]
    )
    func problems(file: String, text: String, problem: String) throws {
        let folder = try folder { try $0.write(file, text) }
        defer { folder.remove() }
        #expect { try catalog(folder) } throws: { "\($0)".contains(problem) }
    }

    @Test("a folder that isn't there, or is empty, says so")
    func noFolder() throws {
        let empty = try AgentsFolder()
        #expect { try catalog(empty) } throws: { "\($0)".contains("found none. Set agents_dir.") }
        empty.remove()
        #expect { try catalog(empty) } throws: { "\($0)".contains("expected a folder of roles") }
    }
}
