package import SomaCore

/// Something an agent can do.
///
/// A tool is called only with arguments that its schema accepts, with defaults filled in (`ToolRegistry` sees to
/// that). It never throws: what goes wrong is a result that says so. It keeps to the context's limits and stops
/// soon after its task is cancelled; nothing in it blocks a cooperative thread.
package protocol Tool: Sendable {
    /// What the tool is, for people, models and the engine.
    var specification: ToolSpecification { get }

    /// Performs one call.
    func call(_ arguments: JSON, _ context: ToolContext) async -> ToolResult
}

/// What a tool is: its name, its parameters, and what a call may do to the world.
package struct ToolSpecification: Sendable, Hashable {
    /// Where a call can leave a mark.
    package enum Reach: String, Sendable, Hashable, CaseIterable {
        /// Reads only.
        case nothing
        /// Changes files of the workspace.
        case workspace
        /// May change, or tell something to, the world outside the workspace.
        case outside
    }

    /// The name that a model or a runbook calls it by: letters, digits and `_`.
    package let name: String
    /// What it does and when to use it, for a model.
    package let summary: String
    /// A JSON Schema for the arguments, always of type object.
    package let parameters: JSON
    /// What may be done with a call whose result a crash has swallowed.
    package let effect: EffectClass
    /// Where a call can leave a mark.
    package let reach: Reach
    /// What can go wrong, in one sentence for the person who is asked to approve a call.
    package let risk: String
    /// How long a call may take where the policy doesn't say.
    package let timeout: Duration

    package init(
        name: String,
        summary: String,
        parameters: JSON,
        effect: EffectClass,
        reach: Reach,
        risk: String,
        timeout: Duration
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.effect = effect
        self.reach = reach
        self.risk = risk
        self.timeout = timeout
    }

    /// The specification as JSON, for `soma tools --json` and for models.
    package var json: JSON {
        [
            "name": .string(name), "description": .string(summary), "parameters": parameters,
            "effect": .string(effect.rawValue), "reach": .string(reach.rawValue), "risk": .string(risk),
            "timeout_s": .double(timeout.seconds),
        ]
    }
}

extension Duration {
    /// The duration in whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
