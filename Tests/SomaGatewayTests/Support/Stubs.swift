import SomaCore
import SomaEngine
import SomaGateway

/// Understands goals of one word and a number.
struct StubCatalog: Catalog {
    private static let known: Set<String> = ["count", "ask", "approve", "hold", "shout", "doubt"]

    private var program: Program {
        let graph = Graph(
            name: "stub",
            entry: "work",
            nodes: [Graph.Node("work", .task("work"))],
            edges: [Graph.Edge("work", "again", "work"), Graph.Edge("work", "done", Graph.end)],
            stepsMax: 10_000
        )
        return Program(graph: graph, behaviours: ["work": StubNode()])
    }

    func prepare(_ request: StartRequest) throws(StartRefusal) -> PreparedRun {
        let words = request.goal.split(separator: " ")
        guard let word = words.first, Self.known.contains(String(word)) else {
            throw StartRefusal(code: "goal.unknown", message: "Nobody knows how.", hint: "Try count 3.")
        }
        let document: JSONObject = [
            "do": .string(String(word)), "n": JSON(words.count > 1 ? Int(words[1]) ?? 1 : 1),
            "workspace": .string(request.workspace),
        ]
        return PreparedRun(
            role: request.role ?? "tester",
            program: program,
            pinned: [],
            document: document,
            limits: Limits()
        )
    }

    func program(for run: RunState, pinned: [String: Words]) throws(StartRefusal) -> Program { program }
}

/// Does what the document says.
private struct StubNode: Node {
    func step(_ visit: NodeVisit) -> NodeStep {
        var update = Update()
        update.words = [("outcome", Words("It is done.\nAll of it."))]
        switch visit.run.document["do"]?.string {
        case "ask":
            return visit.answers.isEmpty ? .ask([.question(Words("Which one?"))]) : .leave("done", update)
        case "approve":
            return effect(visit, "append", .once, approval: .init(risk: "writes", reason: "asked to"), update)
        case "hold": return effect(visit, "hold", .read, approval: nil, update)
        case "doubt": return effect(visit, "hold", .once, approval: nil, update)
        case "shout": return effect(visit, "shout", .read, approval: nil, update)
        default:
            let isLast = visit.activation.visit >= visit.run.document["n"]?.int ?? 1
            return isLast ? .leave("done", update) : .leave("again")
        }
    }

    private func effect(
        _ visit: NodeVisit,
        _ name: String,
        _ effectClass: EffectClass,
        approval: EffectRequest.Approval?,
        _ update: Update
    ) -> NodeStep {
        guard visit.answers.isEmpty else { return .leave("done", update) }
        let request = EffectRequest(
            kind: .tool,
            name: name,
            effectClass: effectClass,
            arguments: Words("{}"),
            timeout: .seconds(600),
            approval: approval
        )
        return .ask([.effect(request)])
    }
}

/// `hold` never ends by itself, `shout` says something, all else succeeds.
struct StubEffects: EffectHandler {
    func perform(_ call: EffectCall, emit: @escaping @Sendable ([UInt8]) -> Void) async -> EffectResult {
        switch call.name {
        case "hold":
            try? await Task.sleep(for: .seconds(600))
            return EffectResult(succeeded: false, status: "cancelled", words: Words("{}"))
        case "shout":
            emit(Array("hey".utf8))
            emit([0xFF, 0xFE])
            return EffectResult(succeeded: true, words: Words("{}"))
        default: return EffectResult(succeeded: true, words: call.arguments)
        }
    }
}

/// Two roles.
struct StubRoles: RolesSource {
    static let coder = RoleDocument(
        name: "coder",
        summary: "Changes code.",
        promptDigest: "abc",
        tools: [.init(name: "shell", summary: "Runs a command.", effect: "once", needsApproval: true)],
        limits: Limits(steps: 50),
        runbooks: [.init(name: "survey", summary: "Surveys.", parameters: ["path"])]
    )
    static let operator_ = RoleDocument(
        name: "operator",
        summary: "Looks after hosts.",
        promptDigest: "def",
        tools: [],
        limits: Limits(),
        runbooks: []
    )

    func roles() async -> [RoleDocument] { [Self.coder, Self.operator_] }
}
