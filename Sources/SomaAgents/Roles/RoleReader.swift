import SomaCore
package import SomaSettings

/// Reads `config.yaml` of roles.
package struct RoleReader: Sendable {
    /// The names of the tools there are.
    let tools: [String]

    package init(tools: [ToolSpecification]) { self.tools = tools.map(\.name) }

    /// Reads a role.
    ///
    /// - Parameter name: The folder's name.
    /// - Throws: `SettingsError` with every place that is wrong.
    package func read(_ text: String, file: String, name: String) throws(SettingsError) -> Role {
        let tool = toolName
        return try YAMLReader().document(text, file: file).decode { object in
            let summary = object.required("description", .text(scalarsMax: 500))
            let graph = object.value(
                "graph",
                .oneOf([CognitionGraph.graph.name]),
                default: CognitionGraph.graph.name
            )
            let tools = object.required("tools", .list(of: tool, count: 0...200))
            let approvals = object.value("approvals", .dictionary(of: .text(scalarsMax: 500)), default: [])
            let limits = object.value("limits", Self.limits, default: Limits())
            let model = object.value("model", Self.model, default: ModelSettings())
            let delegation = object.value(
                "delegation",
                Self.delegation,
                default: Delegates(roles: [], depth: 0)
            )
            guard let summary, let tools else { return nil }
            for (approved, _) in approvals where !tools.contains(approved) {
                (object.value("approvals") ?? object.cursor).report(
                    "expected approvals for tools in the role's scope, found \"\(approved)\"",
                    suggestion: NearestName.find(approved, among: tools)
                )
            }
            return Role(
                name: name,
                summary: summary,
                graph: graph,
                tools: tools,
                approvals: Dictionary(approvals.map { ($0.key, $0.value) }) { first, _ in first },
                limits: limits,
                model: model,
                delegates: delegation.roles,
                delegationDepth: delegation.depth
            )
        }
    }

    private var toolName: YAMLRule<String> {
        YAMLRule(expected: "a tool (\(tools.joined(separator: ", ")))") { (cursor: YAMLCursor) in
            guard let name = cursor.node.text, tools.contains(name) else {
                let near = cursor.node.text.flatMap { NearestName.find($0, among: tools) }
                cursor.reportMismatch(
                    expected: near == nil ? "a tool (\(tools.joined(separator: ", ")))" : "a tool",
                    suggestion: near
                )
                return nil
            }
            return name
        }
    }

    /// What a role or a delegation may use at most.
    static var limits: YAMLRule<Limits> {
        .object("limits") { object in
            Limits(
                tokens: object.optional("tokens", .integer(in: 0...1_000_000_000_000)),
                microdollars: object.optional("usd", .money()).map { Int($0.microdollars) },
                steps: object.optional("steps", .integer(in: 1...1_000_000)),
                seconds: object.optional("time", .duration(in: .seconds(1) ... .seconds(86_400 * 365)))
                    .map { Int($0.components.seconds) }
            )
        }
    }

    private static var model: YAMLRule<ModelSettings> {
        .object("model settings") { object in
            var settings = ModelSettings()
            settings.temperature = object.optional("temperature", .number(in: 0...2))
            settings.outputTokensMax = object.value(
                "output_tokens",
                .integer(in: 16...1_000_000),
                default: settings.outputTokensMax
            )
            settings.contextBytesMax =
                object.optional("context", .byteSize(in: ByteSize(bytes: 4096)...ByteSize(bytes: 16 << 20)))
                .map { Int($0.bytes) } ?? settings.contextBytesMax
            return settings
        }
    }

    private struct Delegates {
        var roles: [String]
        var depth: Int
    }

    private static var delegation: YAMLRule<Delegates> {
        .object("delegation") { object in
            let roles = object.value("to", .list(of: .name, count: 0...50), default: [])
            return Delegates(roles: roles, depth: object.value("depth", .integer(in: 0...7), default: 1))
        }
    }
}
