import SomaCore

/// A tool that reads the host itself, outside of any sandbox, and changes nothing.
///
/// Each measures in two ways that share nothing but the kernel, so that a run can check the one against the other.
protocol HostTool: Tool {
    func measure(_ arguments: JSON) throws(ToolError) -> ToolResult
}

extension HostTool {
    package func call(_ arguments: JSON, _ context: ToolContext) async -> ToolResult {
        await BlockingPool.files.run { _ in
            do throws(ToolError) {
                return try measure(arguments)
            } catch {
                return ToolResult(error)
            }
        }
    }

    static func hostTool(
        _ name: String,
        _ summary: String,
        methods: [String],
        more: KeyValuePairs<String, JSON> = [:]
    ) -> ToolSpecification {
        var properties: JSONObject = [
            "method": Parameters.choice("How it is measured; the others are for checking the first.", methods)
        ]
        for (name, schema) in more { properties[name] = schema }
        return ToolSpecification(
            name: name,
            summary: summary,
            parameters: [
                "type": "object", "properties": .object(properties), "additionalProperties": false,
            ],
            effect: .read,
            reach: .nothing,
            risk: "Shows facts about the machine to the model.",
            timeout: .seconds(10)
        )
    }

    func text(of path: String) throws(ToolError) -> String {
        guard let text = ProcFile.text(path) else { throw ToolError(.failed, "Could not read \(path).") }
        return text
    }

    /// A result whose text says each fact in a line.
    func result(_ facts: JSONObject) -> ToolResult {
        let lines = facts.members.filter { $0.value.array == nil && $0.value.object == nil }.map { member in
            "\(member.key): \(member.value.string ?? member.value.text())"
        }
        return ToolResult(output: .object(facts), text: lines.joined(separator: "\n"))
    }
}

/// A ratio in percent with one decimal; 0 of nothing.
func percent(_ part: Double, of whole: Double) -> JSON {
    .double(whole > 0 ? (part / whole * 1000).rounded() / 10 : 0)
}
