package import SomaCore

/// Who an agent is: what it may use, how much of it, and to whom it may give part of its work.
package struct Role: Sendable, Hashable {
    /// The folder's name.
    package var name: String
    /// What it is for, in one line.
    package var summary: String
    /// The graph that it runs.
    package var graph: String
    /// The tools in its scope.
    package var tools: [String]
    /// Why a person must approve each call of a tool.
    package var approvals: [String: String]
    /// The most that a run of it may use.
    package var limits: Limits
    /// How its model is asked.
    package var model: ModelSettings
    /// The roles that it may delegate to.
    package var delegates: [String]
    /// How deep below the first run it still may delegate: 1 lets only a run that a person started do so.
    package var delegationDepth: Int

    package init(
        name: String,
        summary: String,
        graph: String = CognitionGraph.graph.name,
        tools: [String],
        approvals: [String: String] = [:],
        limits: Limits = Limits(),
        model: ModelSettings = ModelSettings(),
        delegates: [String] = [],
        delegationDepth: Int = 0
    ) {
        self.name = name
        self.summary = summary
        self.graph = graph
        self.tools = tools
        self.approvals = approvals
        self.limits = limits
        self.model = model
        self.delegates = delegates
        self.delegationDepth = delegationDepth
    }

    /// Whether a tool is in its scope. Its own memory always is.
    package func allows(tool: String) -> Bool {
        tools.contains(tool) || MemoryTools.names.contains(tool)
    }

    /// Why it may not delegate to a role from a run that has `depth` runs above it; `nil` where it may.
    package func refusal(toDelegateTo other: String, depth: Int) -> String? {
        guard delegates.contains(other) else {
            return "The role \(name) may not delegate to \(other)."
        }
        guard depth < delegationDepth else {
            return "The role \(name) may delegate \(delegationDepth) levels deep, and this is the last."
        }
        return nil
    }
}

/// How a role asks its model.
package struct ModelSettings: Sendable, Hashable {
    /// From 0 (the same every time) to 2.
    package var temperature: Double?
    /// The most tokens of one answer.
    package var outputTokensMax = 2048
    /// The most bytes of what the model is given; older results are shortened first.
    package var contextBytesMax = 96 << 10

    package init() {}
}
