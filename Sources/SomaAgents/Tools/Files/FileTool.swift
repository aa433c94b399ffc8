import SomaCore

/// A tool over the files of the workspace: runs on the threads for files, with the workspace held open.
protocol FileTool: Tool {
    func perform(
        _ arguments: JSON,
        in workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> ToolResult
}

extension FileTool {
    package func call(_ arguments: JSON, _ context: ToolContext) async -> ToolResult {
        let timeout = context.policy.timeout ?? specification.timeout
        return await BlockingPool.files.run(timeout: timeout) { stop in
            do throws(ToolError) {
                // It may have waited for a thread until nobody waits for it any more: then it must not happen.
                try stop.check("The call")
                let workspace = try Workspace(context.workspace)
                return try perform(arguments, in: workspace, context.policy, stop)
            } catch {
                return ToolResult(error)
            }
        }
    }
}

/// Builds the schemas of parameters in few words.
enum Parameters {
    static func object(_ properties: KeyValuePairs<String, JSON>, required: [String] = []) -> JSON {
        var schema: JSONObject = [
            "type": "object",
            "properties": .object(JSONObject(properties.map { ($0.key, $0.value) })),
            "additionalProperties": false,
        ]
        if !required.isEmpty { schema["required"] = JSON(required) }
        return .object(schema)
    }

    static func path(_ description: String, byDefault: JSON? = nil) -> JSON {
        var schema: JSONObject = ["type": "string", "description": .string(description), "minLength": 1]
        schema["default"] = byDefault
        return .object(schema)
    }

    static func text(_ description: String) -> JSON {
        ["type": "string", "description": .string(description)]
    }

    static func flag(_ description: String, byDefault: Bool) -> JSON {
        ["type": "boolean", "description": .string(description), "default": .bool(byDefault)]
    }

    static func count(_ description: String, _ range: ClosedRange<Int>, byDefault: Int) -> JSON {
        [
            "type": "integer", "description": .string(description), "minimum": JSON(range.lowerBound),
            "maximum": JSON(range.upperBound), "default": JSON(byDefault),
        ]
    }

    static func choice(_ description: String, _ values: [String]) -> JSON {
        [
            "type": "string", "description": .string(description), "enum": JSON(values),
            "default": JSON(values.first),
        ]
    }

    /// Whether other people's code in the workspace is looked at too.
    static let vendored = flag(
        "Whether folders of other people's code (vendor, node_modules, third_party and the like) count too.",
        byDefault: true
    )

    static func globs(_ description: String) -> JSON {
        [
            "type": "array", "description": .string(description),
            "items": ["type": "string", "minLength": 1],
            "maxItems": 50, "default": [],
        ]
    }
}

/// A set of globs: an entry is wanted if any plain one fits (or there is none) and no `!` one does.
struct GlobFilter {
    private var wanted: [GlobPattern] = []
    private var unwanted: [GlobPattern] = []

    init(_ globs: JSON?) throws(ToolError) {
        for text in globs?.array?.compactMap(\.string) ?? [] {
            do throws(LinearRegexError) {
                if text.hasPrefix("!") {
                    unwanted.append(try GlobPattern(String(text.dropFirst())))
                } else {
                    wanted.append(try GlobPattern(text))
                }
            } catch {
                throw ToolError(
                    .invalidArguments,
                    "The glob \(WorkspacePath.shown(text)) can't be used: \(error)."
                )
            }
        }
    }

    func takes(_ path: WorkspacePath, isFolder: Bool = false) -> Bool {
        guard let name = path.name else { return wanted.isEmpty }
        let fits = { (pattern: GlobPattern) in
            pattern.matches(name: name, path: path.text, isFolder: isFolder)
        }
        return (wanted.isEmpty || wanted.contains(where: fits)) && !unwanted.contains(where: fits)
    }
}

/// Text that stops growing at a limit.
struct BoundedText {
    let bytesMax: Int
    private(set) var text = ""
    private(set) var isFull = false

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Adds a line, unless the limit has been reached.
    mutating func add(line: String) {
        guard !isFull else { return }
        guard text.utf8.count + line.utf8.count < bytesMax else {
            isFull = true
            return
        }
        text += line
        text += "\n"
    }
}
