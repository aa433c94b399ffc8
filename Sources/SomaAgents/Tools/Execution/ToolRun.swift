package import SomaCore

/// One call of a tool without a daemon, with the same checks and the same sandbox as an agent's.
///
/// What `soma tools run NAME [--workspace D] [--timeout S] [--env K=V] -- ARGS` does; the command line only parses
/// and prints.
package struct ToolRun: Sendable {
    /// The tool's name.
    package var name: String
    /// What stands behind `--`.
    package var words: [String]
    /// The workspace, an absolute path.
    package var workspace: String?
    /// The limits.
    package var policy = ToolPolicy()

    package init(name: String, words: [String], workspace: String?) {
        self.name = name
        self.words = words
        self.workspace = workspace
    }

    /// Runs the call; output of a command goes to `emit` as it comes.
    package func run(
        in registry: ToolRegistry,
        emit: @escaping @Sendable (ToolOutput) -> Void
    ) async -> ToolResult {
        do throws(ToolError) {
            let specification = try registry.tool(named: name).specification
            let arguments = try Self.arguments(words, for: specification)
            return await registry.call(
                name,
                arguments,
                ToolContext(workspace: workspace, policy: policy, idempotencyKey: "", emit: emit)
            )
        } catch {
            return ToolResult(error)
        }
    }

    /// The process's exit status for a result: a command's own; otherwise 0, 1, 2 (wrong use) or 5 (refused).
    package static func exitStatus(of result: ToolResult) -> Int32 {
        if let status = result.exitStatus { return Int32(clamping: status) }
        return switch result.failure {
        case nil: 0
        case .invalidArguments, .unknownTool: 2
        case .refused: 5
        case .cancelled: 130
        case .notFound, .timedOut, .tooLarge, .failed: 1
        }
    }

    /// Turns words into arguments.
    ///
    /// One word that is a JSON object is taken as such. For `shell` all words make up the command. Otherwise words
    /// are `name=value`, and the first ones without a name stand for the required parameters in their order.
    package static func arguments(
        _ words: [String],
        for specification: ToolSpecification
    ) throws(ToolError) -> JSON {
        if specification.name == "shell" { return ["command": .string(words.joined(separator: " "))] }
        if words.count == 1, words[0].hasPrefix("{"), let object = try? JSON.parse(words[0]),
            object.object != nil
        {
            return object
        }
        let properties = specification.parameters["properties"]?.object ?? [:]
        var free = specification.parameters["required"]?.array?.compactMap(\.string) ?? []
        if free.isEmpty { free = properties.keys }
        var arguments: JSONObject = [:]
        for word in words {
            if let equals = word.firstIndex(of: "="), properties[String(word[..<equals])] != nil {
                let name = String(word[..<equals])
                arguments[name] = value(String(word[word.index(after: equals)...]), for: properties[name])
            } else if let name = free.first(where: { arguments[$0] == nil }) {
                arguments[name] = value(word, for: properties[name])
            } else {
                throw ToolError(
                    .invalidArguments,
                    "\(specification.name) has no place for \(WorkspacePath.shown(word)).",
                    hint: "It takes \(properties.keys.joined(separator: ", ")), as NAME=VALUE."
                )
            }
        }
        return .object(arguments)
    }

    /// A word as the type that the schema wants; where it isn't one, the schema's check will say so.
    private static func value(_ word: String, for schema: JSON?) -> JSON {
        switch schema?["type"]?.string {
        case "string", nil: .string(word)
        case "array":
            (try? JSON.parse(word)) ?? .array(word.split(separator: ",").map { .string(String($0)) })
        default: (try? JSON.parse(word)) ?? .string(word)
        }
    }
}
