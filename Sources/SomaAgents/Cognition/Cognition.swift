package import SomaCore
import SomaEngine

/// What makes plans and chooses tools.
package enum Mind: Sendable, Hashable {
    /// A runbook: no model, the same every time.
    case runbook(Runbook)
    /// A model.
    case model(ModelChoice)
}

/// Everything about an agent that doesn't change while it runs: what its nodes are made with.
package struct Cognition: Sendable {
    /// The role, as the run is pinned to it.
    package let role: Role
    /// What makes plans.
    package let mind: Mind
    /// The parameters that the runbook is followed with.
    package let parameters: JSONObject
    /// The tools there are, by name.
    package let tools: [String: ToolSpecification]
    /// What the role's model is told first.
    package let prompt: String

    package init(
        role: Role,
        mind: Mind,
        parameters: JSONObject = JSONObject(),
        tools: [ToolSpecification],
        prompt: String = ""
    ) {
        self.prompt = prompt
        self.role = role
        self.mind = mind
        self.parameters = parameters
        self.tools = Dictionary(tools.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The runbook, where one is followed.
    package var runbook: Runbook? {
        if case .runbook(let runbook) = mind { return runbook }
        return nil
    }

    /// The model, where one thinks.
    package var model: ModelChoice? {
        if case .model(let model) = mind { return model }
        return nil
    }

    /// A tool, where the role may use it.
    package func tool(_ name: String) -> ToolSpecification? {
        role.allows(tool: name) ? tools[name] : nil
    }

    /// A call to a tool, with the class and limits that the tool has and the approval that the role asks for.
    func effect(_ tool: ToolSpecification, _ arguments: JSON, for work: Work? = nil) -> EffectRequest {
        var effect = EffectRequest(
            kind: .tool,
            name: tool.name,
            effectClass: tool.effect,
            arguments: Words(json: arguments),
            timeout: work?.seconds.map { .seconds($0) } ?? tool.timeout,
            attemptsMax: work?.attempts ?? (tool.effect == .read ? 3 : 1)
        )
        if let approve = work?.approve {
            effect.approval = .init(risk: approve.risk, reason: approve.reason)
        } else if let reason = role.approvals[tool.name] {
            effect.approval = .init(risk: tool.risk, reason: reason)
        }
        return effect
    }
}

extension NodeStep {
    /// Asks for one thing.
    static func ask(_ request: NodeRequest) -> NodeStep { .ask([request]) }
}
