import SomaAgents
import SomaCore
@testable import SomaEngine
import Synchronization
import Testing

@Suite("Agent effects")
struct AgentEffectsTests {
    /// A tool that gives back what it was called with, or what a test wants.
    private struct Echo: Tool {
        let specification: ToolSpecification
        var result: ToolResult?

        init(_ name: String, _ result: ToolResult? = nil) {
            specification = ToolSpecification(
                name: name,
                summary: "Echoes.",
                parameters: [
                    "type": "object", "properties": ["n": ["type": "integer", "default": 1]],
                    "additionalProperties": false,
                ],
                effect: .read,
                reach: .nothing,
                risk: "None.",
                timeout: .seconds(1)
            )
            self.result = result
        }

        func call(_ arguments: JSON, _ context: ToolContext) async -> ToolResult {
            context.emit(ToolOutput(stream: .output, bytes: Array("piece".utf8)))
            return result
                ?? ToolResult(
                    output: ["arguments": arguments, "key": .string(context.idempotencyKey)],
                    text: context.workspace ?? ""
                )
        }
    }

    private struct FakeModel: ModelProvider {
        let answer: Result<ModelReply, ModelError>
        let seen = SeenCalls()
        let name = "fake"

        func complete(_ call: ModelCall, onDelta: @escaping @Sendable (String) -> Void)
            async throws(ModelError) -> ModelReply
        {
            seen.calls.withLock { $0.append(call) }
            onDelta("to")
            return try answer.get()
        }
    }

    private final class SeenCalls: Sendable {
        let calls = Mutex<[ModelCall]>([])
    }

    private final class Pieces: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private static let role = """
        description: Tests.
        tools: [echo, guarded, big, failing]
        approvals: {guarded: It matters.}
        """

    private func call(
        _ name: String,
        _ arguments: String = "{}",
        kind: EffectRequest.Kind = .tool,
        role: String? = role,
        approved: Bool = false
    ) -> EffectCall {
        var library = Library()
        var run = RunState(id: RunID("run"))
        run.role = "tester"
        run.document = ["workspace": "/w"]
        func keep(_ words: Words, _ number: UInt64) -> ContentID {
            let id = ContentID(high: number, low: 0)
            library.add(words, as: id)
            return id
        }
        if let role { run.pins["role"] = keep(Words(role), 1).description }
        run.pins["prompts"] = keep(Words("You are kind."), 2).description
        run.pins["inputs"] =
            keep(Words(#"{"model":{"name":"m","price":{"input":2000000,"output":4000000}}}"#), 3).description
        run.goal = keep(Words("reach it"), 4)
        var activation = Activation(id: 1, node: "Execute", visit: 1, enteredAt: run.lastAt)
        var request = Request(id: 5, kind: .tool, name: name, since: run.lastAt)
        if approved { request.detail["approved"] = 6 }
        activation.requests = [request]
        run.activations = [activation]
        return EffectCall(
            run: run,
            effect: 5,
            attempt: 1,
            kind: kind,
            name: name,
            effectClass: .read,
            arguments: Words(arguments),
            timeout: .seconds(5),
            library: library
        )
    }

    private func effects(_ store: MemoryOnlyStore = MemoryOnlyStore(), model: (any ModelProvider)? = nil)
        throws -> AgentEffects
    {
        var settings = AgentEffects.Settings()
        settings.resultBytesMax = 4096
        let big = ToolResult(
            output: ["list": .array(Array(repeating: "0123456789", count: 1000))],
            text: String(repeating: "t", count: 9000)
        )
        let tools: [any Tool] = [
            Echo("echo"), Echo("guarded"), Echo("hidden"), Echo("big", big),
            Echo("failing", ToolResult(failure: .failed, exitStatus: 3, text: "exit 3")),
        ]
        return AgentEffects(registry: try ToolRegistry(tools), store: store, model: model, settings: settings)
        {
            Timestamp(microseconds: 5)
        }
    }

    private func perform(_ call: EffectCall, _ effects: AgentEffects) async -> EffectResult {
        await effects.perform(call) { _ in }
    }

    @Test("a tool in scope is called in the run's workspace, with its key and defaults")
    func tool() async throws {
        let pieces = Pieces()
        let result = try await effects().perform(call("echo")) { piece in
            pieces.bytes.withLock { $0 += piece }
        }
        #expect(result.succeeded)
        #expect(result.words.json == ["text": "/w", "output": ["arguments": ["n": 1], "key": "run/5"]])
        #expect(pieces.bytes.withLock { String(decoding: $0, as: UTF8.self) } == "piece")
    }

    @Test(
        "what is out of scope, not approved, or without a readable role is refused",
        arguments: ["hidden", "guarded", "echo"]
    )
    func refused(name: String) async throws {
        let result = await perform(call(name, role: name == "echo" ? nil : Self.role), try effects())
        #expect(!result.succeeded)
        #expect(result.status == "refused")
    }

    @Test("an approved call is made")
    func approved() async throws {
        #expect(await perform(call("guarded", approved: true), try effects()).succeeded)
    }

    @Test(
        "wrong arguments are not passed on",
        arguments: [
            ("{\"n\": \"x\"}", "invalid_arguments"), ("{", "invalid_arguments"),
            ("{\"m\": 1}", "invalid_arguments"),
        ]
    )
    func arguments(text: String, status: String) async throws {
        #expect(await perform(call("echo", text), try effects()).status == status)
    }

    @Test("a failure keeps its exit status")
    func exit() async throws {
        let result = await perform(call("failing"), try effects())
        #expect(result.status == "error")
        #expect(result.words.json?["exit"] == 3)
        #expect(result.detail["exit"] == 3)
    }

    @Test("a result that is too large is cut and says so")
    func large() async throws {
        let result = await perform(call("big"), try effects())
        #expect(result.words.bytes.count <= 4096)
        #expect(result.words.json?["output"] == ["truncated": true])
        #expect(result.detail["truncated"] == true)
    }

    @Test("memories are kept for the workspace and found again")
    func memory() async throws {
        let store = MemoryOnlyStore()
        let effects = try effects(store)
        let kept = await perform(call("memory_commit", #"{"title":"t","text":"x"}"#), effects)
        #expect(kept.succeeded)
        #expect(
            store.memories.withLock { $0 } == [
                Memory(
                    run: RunID("run"),
                    workspace: "/w",
                    at: Timestamp(microseconds: 5),
                    title: "t",
                    text: "x"
                )
            ]
        )
        let found = await perform(call("memory_recall", #"{"query":"x"}"#), effects)
        #expect(found.words.json?["output"]?["count"] == 1)
        #expect(found.words.json?["text"] == "t\nx")
        #expect(await perform(call("memory_commit", "{}"), effects).status == "invalid_arguments")
    }

    @Test("a store that can't be reached is worth another try")
    func storeFails() async throws {
        let effects = try effects(MemoryOnlyStore(failure: StoreError(.unavailable, "disk full")))
        let result = await perform(call("memory_recall", #"{"query":"x"}"#), effects)
        #expect(!result.succeeded)
        #expect(result.isRetryable)
    }

    @Test("a model is asked with the pinned prompt, and its use is counted and priced")
    func model() async throws {
        var reply = ModelReply()
        reply.text = "told"
        reply.finish = .stop
        reply.inputTokens = 100
        reply.outputTokens = 10
        let model = FakeModel(answer: .success(reply))
        let result = await perform(call("m", #"{"ask":"plan"}"#, kind: .model), try effects(model: model))
        #expect(result.words.json == ["text": "told", "finish": "stop"])
        #expect(result.usage == Usage(tokens: 110, microdollars: 240))
        #expect(
            result.detail == [
                "input": 100, "output": 10, "provider": "fake", "provenance": "provider", "finish": "stop",
            ]
        )
        let seen = try #require(model.seen.calls.withLock { $0.first })
        #expect(seen.model == "m")
        #expect(seen.messages.first?.text.hasPrefix("You are kind.") == true)
        #expect(seen.messages.contains { $0.text.contains("reach it") })
    }

    @Test("a model's failure keeps whether another try may help", arguments: [true, false])
    func modelFails(isRetryable: Bool) async throws {
        let model = FakeModel(answer: .failure(ModelError(.failed, "busy", isRetryable: isRetryable)))
        let result = await perform(call("m", "{}", kind: .model), try effects(model: model))
        #expect(!result.succeeded)
        #expect(result.isRetryable == isRetryable)
        #expect(
            await perform(call("m", "{}", kind: .model), try effects()).words.text.contains("SOMA_MODEL_URL")
        )
    }
}
