import Foundation
import SomaAgents
import SomaCore
import SomaHTTP
import SomaSettings
import Synchronization
import Testing

@Suite("OpenAI-compatible provider", .timeLimit(.minutes(1)))
struct OpenAIProviderTests {
    private final class Deltas: Sendable { let text = Mutex("") }

    private static let call = ModelCall(
        model: "m",
        messages: [
            ChatMessage(.system, "s"), ChatMessage(.user, "u"),
            ChatMessage(.assistant, "", calls: [.init(id: "call_1", name: "look", arguments: "{}")]),
            ChatMessage(.tool, "seen", callID: "call_1"),
        ],
        tools: [ModelTool(name: "look", summary: "Looks.", parameters: ["type": "object"])],
        temperature: 0.5,
        outputTokensMax: 64,
        timeout: .seconds(20)
    )

    private func ask(_ answer: String, key: Secret? = nil, path: String = "/v1/") async throws -> (
        Result<ModelReply, ModelError>, String, String
    ) {
        let server = try OneShotServer([answer])
        defer { server.stop() }
        let client = try HTTPClient(userAgent: "soma-tests")
        let provider = OpenAIProvider(client: client, url: "http://127.0.0.1:\(server.port)\(path)", key: key)
        let deltas = Deltas()
        let result: Result<ModelReply, ModelError>
        do throws(ModelError) {
            result = .success(
                try await provider.complete(Self.call) { piece in deltas.text.withLock { $0 += piece } }
            )
        } catch {
            result = .failure(error)
        }
        await client.shutdown()
        return (result, deltas.text.withLock { $0 }, server.requests.withLock { $0.first ?? "" })
    }

    @Test("a streamed answer arrives piece by piece and is put together")
    func stream() async throws {
        let (result, deltas, request) = try await ask(
            OneShotServer.stream([
                #"{"model":"m-7","choices":[{"delta":{"content":"Grüße, "}}]}"#,
                #"{"choices":[{"delta":{"content":"Welt"}}]}"#,
                #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"x","function":{"name":"look","arguments":"{\"a\""}}]}}]}"#,
                #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}"#,
                #"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6}}"#, "[DONE]",
            ]),
            key: Secret("k-123")
        )
        let reply = try result.get()
        #expect(reply.text == "Grüße, Welt")
        #expect(deltas == "Grüße, Welt")
        #expect(reply.calls == [.init(id: "x", name: "look", arguments: #"{"a":1}"#)])
        #expect([reply.inputTokens, reply.outputTokens] == [5, 6])
        #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
        #expect(request.contains("Authorization: Bearer k-123\r\n"))
        let body = try JSON.parse(
            String(request[(request.range(of: "\r\n\r\n")?.upperBound ?? request.endIndex)...])
        )
        #expect(body["stream"] == true)
        #expect(body["max_tokens"] == 64)
        #expect(body["messages"]?[2]?["tool_calls"]?[0]?["function"]?["name"] == "look")
        #expect(body["messages"]?[3]?["tool_call_id"] == "call_1")
        #expect(body["tools"]?[0]?["function"]?["name"] == "look")
    }

    @Test("an answer that is not streamed is taken too")
    func whole() async throws {
        let body =
            #"{"choices":[{"message":{"content":[{"type":"text","text":"hi"}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#
        let (result, deltas, _) = try await ask(
            OneShotServer.json("200 OK", body),
            path: "/v1/chat/completions"
        )
        #expect(try result.get().text == "hi")
        #expect(deltas == "hi")
    }

    @Test(
        "refusals are told apart",
        arguments: [
            ("401 Unauthorized", #"{"error":{"message":"bad key"}}"#, ModelError.Kind.denied, false),
            ("404 Not Found", "nothing here", .invalidRequest, false),
            ("429 Too Many Requests", #"{"error":{"message":"slow"}}"#, .limited, true),
            ("503 Unavailable", "<html>", .failed, true),
            (
                "400 Bad Request", #"{"error":{"message":"too long","code":"context_length_exceeded"}}"#,
                .invalidRequest, false
            ),
            ("200 OK", "<html>", .garbled, false),
            ("200 OK", #"{"object":"list"}"#, .garbled, false),
        ]
    )
    func refusals(status: String, body: String, kind: ModelError.Kind, isRetryable: Bool) async throws {
        let (result, _, _) = try await ask(OneShotServer.json(status, body))
        guard case .failure(let error) = result else {
            Issue.record("it was taken for an answer")
            return
        }
        #expect(error.kind == kind, "\(error)")
        #expect(error.isRetryable == isRetryable)
    }

    @Test("a stream that ends too soon, and nobody at all, may be tried again", arguments: [true, false])
    func broken(listens: Bool) async throws {
        if listens {
            let (result, _, _) = try await ask(
                OneShotServer.stream([#"{"choices":[{"delta":{"content":"Hal"}}]}"#])
            )
            #expect { try result.get() } throws: { ($0 as? ModelError)?.kind == .garbled }
            return
        }
        let client = try HTTPClient(userAgent: "soma-tests")
        let provider = OpenAIProvider(client: client, url: "http://127.0.0.1:1/v1")
        await #expect { try await provider.complete(Self.call) { _ in } } throws: { error in
            (error as? ModelError)?.kind == .unreachable && (error as? ModelError)?.isRetryable == true
        }
        await client.shutdown()
    }
}
