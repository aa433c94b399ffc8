import SomaCore
import Testing

@testable import SomaAgents

private struct EchoTool: Tool {
    var name = "echo"
    var parameters: JSON = Parameters.object(
        [
            "text": Parameters.text("What to say."),
            "times": Parameters.count("How often.", 1...3, byDefault: 1),
        ],
        required: ["text"]
    )
    var specification: ToolSpecification {
        ToolSpecification(
            name: name,
            summary: "Says it again.",
            parameters: parameters,
            effect: .read,
            reach: .nothing,
            risk: "None.",
            timeout: .seconds(1)
        )
    }

    func call(_ arguments: JSON, _ context: ToolContext) async -> ToolResult {
        ToolResult(output: arguments, text: arguments["text"]?.string ?? "")
    }
}

@Suite("Tool registry")
struct ToolRegistryTests {
    private let context = ToolContext(workspace: nil)

    @Test("a call gets checked arguments with their defaults")
    func call() async throws {
        let registry = try ToolRegistry([EchoTool()])
        let result = await registry.call("echo", ["text": "hi"], context)
        #expect(result == ToolResult(output: ["text": "hi", "times": 1], text: "hi"))
    }

    @Test("wrong arguments never reach the tool")
    func wrongArguments() async throws {
        let registry = try ToolRegistry([EchoTool()])
        let result = await registry.call("echo", ["txt": "hi", "times": 9], context)
        #expect(result.failure == .invalidArguments)
        #expect(
            result.text == "echo can't take these arguments: "
                + "$.txt: expected no such member (did you mean text?), found string \"hi\"; "
                + "$.text: expected a value, found nothing; "
                + "$.times: expected at most 3, found integer 9."
        )
    }

    @Test("an unknown tool suggests the nearest")
    func unknown() async throws {
        let registry = try ToolRegistry([EchoTool()])
        let near = await registry.call("ehco", [:], context)
        #expect(
            near.failure == .unknownTool && near.text == "There is no tool named \"ehco\". Did you mean echo?"
        )
        let far = await registry.call("zzzzzzzz", [:], context)
        #expect(far.output["hint"] == "`soma tools` lists them.")
    }

    @Test("two tools of a name and a schema that can't be checked are refused")
    func badTools() {
        #expect(throws: ToolError.self) { try ToolRegistry([EchoTool(), EchoTool()]) }
        #expect(throws: ToolError.self) { try ToolRegistry([EchoTool(parameters: ["$ref": "x"])]) }
    }

    @Test("a cancelled task does not begin a call")
    func cancelled() async throws {
        let registry = try ToolRegistry([EchoTool()])
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await registry.call("echo", ["text": "hi"], ToolContext(workspace: nil))
        }
        #expect(await task.value.failure == .cancelled)
    }

    @Test("every built-in tool has a usable schema, a summary and a risk")
    func builtin() throws {
        let registry = try ToolRegistry(BuiltinTools.all)
        #expect(registry.specifications.count == BuiltinTools.all.count)
        for specification in registry.specifications {
            #expect(specification.parameters["additionalProperties"] == false)
            #expect(!specification.summary.isEmpty && !specification.risk.isEmpty)
            #expect(specification.json["effect"]?.string == specification.effect.rawValue)
            #expect(specification.timeout.seconds > 0)
        }
        let effects = Dictionary(uniqueKeysWithValues: registry.specifications.map { ($0.name, $0.effect) })
        #expect(effects["shell"] == .once && effects["append_line"] == .once)
        #expect(effects["write_file"] == .idempotent && effects["apply_patch"] == .idempotent)
        #expect(effects["read_file"] == .read && effects["host_disk"] == .read)
    }
}
