import Foundation
import SomaAgents
import SomaCore
import Testing

@Suite("Chat stream decoder")
struct ChatStreamDecoderTests {
    private func decode(_ events: [String]) throws -> ModelReply {
        var decoder = ChatStreamDecoder()
        for event in events { _ = try decoder.take(event) }
        return try decoder.finished()
    }

    @Test("text, usage and the reason to stop are put together")
    func text() throws {
        let reply = try decode([
            #"{"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"Hel"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}"#,
            "[DONE]",
        ])
        var expected = ModelReply()
        expected.text = "Hello"
        expected.finish = .stop
        expected.inputTokens = 12
        expected.outputTokens = 3
        expected.model = "m-1"
        #expect(reply == expected)
    }

    @Test("pieces of several tool calls are put together by their index")
    func calls() throws {
        let reply = try decode([
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"look","arguments":""}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"pa"}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"count","arguments":"{}"}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"th\":1}"}}]}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
        ])
        #expect(
            reply.calls == [
                .init(id: "a", name: "look", arguments: #"{"path":1}"#),
                .init(id: "b", name: "count", arguments: "{}"),
            ]
        )
        #expect(reply.finish == .toolCalls)
    }

    @Test("calls without an index, with whole objects as arguments, are taken too")
    func oddCalls() throws {
        let reply = try decode([
            #"{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"look","arguments":{"p":1}}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"id":"b","function":{"name":"count","arguments":"{}"}}]},"finish_reason":"weird"}]}"#,
        ])
        #expect(reply.calls.map(\.arguments) == [#"{"p":1}"#, "{}"])
        #expect(reply.finish == .other)
    }

    @Test(
        "a stream that breaks off is an error that may be tried again",
        arguments: [[], [#"{"choices":[{"delta":{"content":"Hal"}}]}"#]]
    )
    func brokenOff(events: [String]) {
        #expect { try decode(events) } throws: { ($0 as? ModelError)?.isRetryable == true }
    }

    @Test(
        "errors of providers are told apart",
        arguments: [
            (
                #"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#, ModelError.Kind.limited,
                true
            ),
            (#"{"error":{"message":"no money","code":"insufficient_quota"}}"#, .limited, false),
            (#"{"error":{"message":"who are you","code":"invalid_api_key"}}"#, .denied, false),
            (#"{"error":{"message":"busy","type":"overloaded_error"}}"#, .failed, true),
            (#"{"error":"it broke"}"#, .failed, true),
            (#"{"error":{"message":"bad","type":"invalid_request_error"}}"#, .invalidRequest, false),
            ("<html>", .garbled, true),
        ]
    )
    func errors(event: String, kind: ModelError.Kind, isRetryable: Bool) {
        #expect { try decode([event]) } throws: { error in
            (error as? ModelError)?.kind == kind && (error as? ModelError)?.isRetryable == isRetryable
        }
    }

    @Test("an answer without end is cut off")
    func tooLarge() {
        var decoder = ChatStreamDecoder()
        let piece = #"{"choices":[{"delta":{"content":""# + String(repeating: "x", count: 1 << 20) + #""}}]}"#
        #expect(throws: ModelError.self) { for _ in 0..<9 { _ = try decoder.take(piece) } }
    }

    /// Recorded streams of other protocols: none may crash, and none is taken for an answer that it isn't.
    @Test("recorded streams of any protocol give a reply or an error", arguments: RecordedStreams.all)
    func recorded(stream: RecordedStreams.Stream) throws {
        var decoder = ChatStreamDecoder()
        do throws(ModelError) {
            for event in stream.events { _ = try decoder.take(event) }
            let reply = try decoder.finished()
            #expect(stream.isChatCompletion, "\(reply)")
        } catch {
            #expect(!stream.isChatCompletion, "\(error)")
        }
    }
}

/// Streams that we wrote, and all of the corpus where `SOMA_CORPORA` says where that is.
enum RecordedStreams {
    struct Stream: Sendable, CustomTestStringConvertible {
        let name: String
        let events: [String]
        var isChatCompletion: Bool { events.contains { $0.contains("\"chat.completion.chunk\"") } }
        var testDescription: String { name }
    }

    static var all: [Stream] {
        let own = [
            Stream(
                name: "responses",
                events: [
                    #"{"type":"response.created","sequence_number":0}"#,
                    #"{"type":"response.output_text.delta","delta":"x"}"#,
                ]
            ),
            Stream(
                name: "messages",
                events: [
                    #"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":1}}}"#,
                    #"{"type":"message_stop"}"#,
                ]
            ),
            Stream(
                name: "chat",
                events: [
                    #"{"object":"chat.completion.chunk","choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}"#,
                    "[DONE]",
                ]
            ),
        ]
        guard let root = ProcessInfo.processInfo.environment["SOMA_CORPORA"] else { return own }
        let folder = "\(root)/llm-streams"
        let files = (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String]) ?? []
        return own
            + files.filter { $0.hasSuffix(".txt") || $0.hasSuffix(".sse") }.sorted().map { file in
                let text = (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)) ?? ""
                let lines = text.split(separator: "\n").map(String.init)
                let data = lines.filter { $0.hasPrefix("data:") }.map { String($0.dropFirst(5)) }
                return Stream(name: file, events: data.isEmpty ? lines : data)
            }
    }
}
