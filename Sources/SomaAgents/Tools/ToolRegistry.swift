package import SomaCore

/// The tools there are, by name.
package struct ToolRegistry: Sendable {
    private struct Entry: Sendable {
        let tool: any Tool
        let schema: JSONSchema
    }

    private let entries: [String: Entry]

    /// Creates a registry.
    ///
    /// - Throws: `ToolError` for two tools of one name and for a schema that this library can't check.
    package init(_ tools: [any Tool]) throws(ToolError) {
        var entries: [String: Entry] = [:]
        for tool in tools {
            let specification = tool.specification
            guard entries[specification.name] == nil else {
                throw ToolError(.failed, "Two tools are named \(specification.name).")
            }
            do throws(JSONSchemaError) {
                let schema = try JSONSchema(specification.parameters)
                entries[specification.name] = Entry(tool: tool, schema: schema)
            } catch {
                throw ToolError(
                    .failed,
                    "The parameters of \(specification.name) are no usable schema: \(error)"
                )
            }
        }
        self.entries = entries
    }

    /// All tools, by name.
    package var specifications: [ToolSpecification] {
        entries.values.map(\.tool.specification).sorted { $0.name < $1.name }
    }

    /// The tool of that name.
    ///
    /// - Throws: `ToolError` (`unknownTool`) that suggests the nearest name.
    package func tool(named name: String) throws(ToolError) -> any Tool {
        try entry(name).tool
    }

    /// Checks arguments as a call would, without making it.
    ///
    /// - Returns: The arguments with defaults filled in.
    /// - Throws: `ToolError`: `unknownTool`, or `invalidArguments` with each place that is wrong.
    package func checked(_ arguments: JSON, for name: String) throws(ToolError) -> JSON {
        let schema = try entry(name).schema
        let filled = schema.fillingDefaults(arguments)
        let violations = schema.violations(of: filled)
        guard violations.isEmpty else {
            throw ToolError(
                .invalidArguments,
                "\(name) can't take these arguments: "
                    + violations.map(\.description).joined(separator: "; ") + "."
            )
        }
        return filled
    }

    /// Makes one call: finds the tool, checks the arguments, runs it.
    package func call(_ name: String, _ arguments: JSON, _ context: ToolContext) async -> ToolResult {
        do throws(ToolError) {
            let tool = try tool(named: name)
            let checked = try checked(arguments, for: name)
            guard !Task.isCancelled else {
                throw ToolError(.cancelled, "\(name) was cancelled before it began.")
            }
            return await tool.call(checked, context)
        } catch {
            return ToolResult(error)
        }
    }

    private func entry(_ name: String) throws(ToolError) -> Entry {
        if let entry = entries[name] { return entry }
        let nearest = NearestName.find(name, among: entries.keys.sorted())
        throw ToolError(
            .unknownTool,
            "There is no tool named \(JSON.string(String(name.prefix(80))).text()).",
            hint: nearest.map { "Did you mean \($0)?" } ?? "`soma tools` lists them."
        )
    }
}
