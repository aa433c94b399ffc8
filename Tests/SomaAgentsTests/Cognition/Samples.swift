import SomaAgents
import SomaCore
import SomaEngine
import Testing

/// Roles, tools and runbooks for tests.
enum Samples {
    static func tool(_ name: String, _ effect: EffectClass = .read) -> ToolSpecification {
        ToolSpecification(
            name: name,
            summary: "The tool \(name).",
            parameters: ["type": "object"],
            effect: effect,
            reach: effect == .read ? .nothing : .workspace,
            risk: "What \(name) may do.",
            timeout: .seconds(5)
        )
    }

    static let tools =
        [tool("look"), tool("count"), tool("write", .once), tool("secret")] + MemoryTools.specifications

    static func role(_ name: String = "tester", delegates: [String] = ["helper"], depth: Int = 2) -> Role {
        Role(
            name: name,
            summary: "Tests things.",
            graph: "cognition",
            tools: ["look", "count", "write"],
            approvals: [:],
            limits: Limits(steps: 500),
            model: ModelSettings(),
            delegates: delegates,
            delegationDepth: depth
        )
    }

    /// A prepared run of a runbook whose `steps:` are given.
    static func run(_ steps: String, rest: String = "", parameters: JSONObject = [:], role: Role = role())
        throws -> PreparedRun
    {
        let text = """
            name: sample
            description: A sample.
            parameters:
              - name: path
                default: .
            steps:
            \(steps)
            report: "Report of {{ params.path }}: {% for check in checks %}[{{ check.what }}]{% endfor %}"
            \(rest)
            """
        let runbook = try RunbookReader(role: role, tools: tools).read(text, file: "sample.yaml")
        return prepared(.runbook(runbook), parameters: ["path": "."], role: role)
    }

    static func prepared(_ mind: Mind, parameters: JSONObject = [:], role: Role = role()) -> PreparedRun {
        let cognition = Cognition(
            role: role,
            mind: mind,
            parameters: parameters,
            tools: tools,
            prompt: "You test."
        )
        return PreparedRun(
            role: role.name,
            program: CognitionGraph.program(CognitionGraph.graph, cognition),
            pinned: [],
            document: ["workspace": "/somewhere"],
            limits: role.limits
        )
    }

    /// Answers memory calls with nothing and everything else by a script.
    static func replies(
        _ script: @escaping (_ name: String, _ arguments: JSON) -> CognitionHarness.Reply
    ) -> (NodeRequest, RunState, Library) async -> CognitionHarness.Reply {
        { request, _, _ in
            switch request {
            case .effect(let effect) where effect.name == "memory_recall":
                return .tool(.ok(["count": 0, "memories": []]))
            case .effect(let effect) where effect.name == "memory_commit": return .tool(.ok())
            case .effect(let effect): return script(effect.name, effect.arguments.json ?? .null)
            case .question(let words): return script("question", .string(words.text))
            case .child(let child):
                return script(
                    child.role,
                    ["goal": .string(child.goal), "parameters": .object(child.parameters)]
                )
            }
        }
    }
}
