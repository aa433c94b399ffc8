import Glibc
import SomaCore
package import SomaHTTP
package import SomaSettings

/// Asks any endpoint that speaks OpenAI's chat completions, with tools and streaming.
package struct OpenAIProvider: ModelProvider {
    /// The longest wait that a provider may ask for; a longer one ends the tries.
    static let retryAfterMax: Duration = .seconds(600)

    package let name: String
    private let client: HTTPClient
    private let url: String
    private let key: Secret?
    private let includesUsage: Bool

    /// Creates a provider.
    ///
    /// - Parameters:
    ///   - client: The program's HTTP client.
    ///   - url: The endpoint's base, such as `http://127.0.0.1:8000/v1`; `/chat/completions` is added where it is missing.
    ///   - key: The key; `nil` sends none.
    ///   - includesUsage: Whether to ask for token counts in the stream; a few old servers refuse the wish.
    package init(client: HTTPClient, url: String, key: Secret? = nil, includesUsage: Bool = true) {
        self.client = client
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        self.url = base.hasSuffix("/chat/completions") ? base : base + "/chat/completions"
        name = Self.host(of: base)
        self.key = key
        self.includesUsage = includesUsage
    }

    package func complete(
        _ call: ModelCall,
        onDelta: @escaping @Sendable (String) -> Void
    ) async throws(ModelError) -> ModelReply {
        var decoder = ChatStreamDecoder()
        do {
            var reply = try await exchange(call, &decoder, onDelta)
            // In a stream it may come in pieces.
            reply.text = withoutKey(reply.text)
            for index in reply.calls.indices {
                reply.calls[index].arguments = withoutKey(reply.calls[index].arguments)
            }
            return reply
        } catch {
            var failure =
                switch error {
                case let error as ModelError: error
                case let error as HTTPError: ModelError(error)
                default: ModelError(.cancelled, "The call to the model was cancelled.")
                }
            if decoder.hasBegun { failure.received = decoder.reply }
            throw failure
        }
    }

    private func exchange(
        _ call: ModelCall,
        _ decoder: inout ChatStreamDecoder,
        _ onDelta: (String) -> Void
    ) async throws -> ModelReply {
        let response = try await client.stream(request(call))
        guard response.head.isSuccess else {
            throw refused(try await response.prefix(64 << 10))
        }
        guard response.head.mediaType == "text/event-stream" else {
            let whole = try await response.prefix(ChatStreamDecoder.bytesMax)
            guard let json = try? JSON.parse(withoutKey(whole.text)) else {
                throw ModelError(
                    .garbled,
                    "\(response.head.url) answered with something that is no chat completion.",
                    hint: "Check model.url: it usually ends in /v1."
                )
            }
            try decoder.takeWhole(json)
            onDelta(decoder.reply.text)
            return try decoder.finished()
        }
        var parser = SSEParser(url: response.head.url)
        for try await chunk in response.body {
            for event in try parser.feed(chunk) {
                let text = try decoder.take(withoutKey(event.data))
                if !text.isEmpty { onDelta(text) }
            }
            // Some servers keep the connection open after the end.
            if decoder.isDone { break }
        }
        return try decoder.finished()
    }

    private func request(_ call: ModelCall) -> HTTPRequest {
        var headers: HTTPHeaders = [
            "Content-Type": "application/json", "Accept": "text/event-stream, application/json",
        ]
        headers["traceparent"] = call.caller?.traceparent
        headers["tracestate"] = call.caller.flatMap { $0.state.isEmpty ? nil : $0.state }
        key?.withExposedValue { headers["Authorization"] = "Bearer \($0)" }
        return HTTPRequest(
            .post,
            url,
            headers: headers,
            body: body(call).bytes(),
            // A model may think for minutes before its first token.
            timeouts: HTTPTimeouts(firstByte: call.timeout, idle: .seconds(120), total: call.timeout),
            addressPolicy: .any
        )
    }

    /// The request's body.
    func body(_ call: ModelCall) -> JSON {
        var body: JSONObject = [
            "model": .string(call.model), "messages": .array(call.messages.map(Self.message)), "stream": true,
            "max_tokens": JSON(call.outputTokensMax),
        ]
        if let temperature = call.temperature { body["temperature"] = .double(temperature) }
        if includesUsage { body["stream_options"] = ["include_usage": true] }
        if !call.tools.isEmpty {
            body["tools"] = .array(
                call.tools.map { tool in
                    [
                        "type": "function",
                        "function": [
                            "name": .string(tool.name), "description": .string(tool.summary),
                            "parameters": tool.parameters,
                        ],
                    ]
                }
            )
        }
        return .object(body)
    }

    private static func message(_ message: ChatMessage) -> JSON {
        var object: JSONObject = ["role": .string(message.role.rawValue), "content": .string(message.text)]
        if let id = message.callID { object["tool_call_id"] = .string(id) }
        if !message.calls.isEmpty {
            object["tool_calls"] = .array(
                message.calls.map { call in
                    [
                        "id": .string(call.id), "type": "function",
                        "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
                    ]
                }
            )
        }
        return .object(object)
    }

    /// The host and port of an address, for a metric's label.
    private static func host(of url: String) -> String {
        let rest = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        return String(rest.prefix(100))
    }

    /// Text from the provider without the key, which some of them repeat in what they say of it.
    private func withoutKey(_ text: String) -> String {
        key?.withExposedValue { $0.isEmpty ? text : text.replacing($0, with: "[secret]") } ?? text
    }

    private func refused(_ response: HTTPResponse) -> ModelError {
        let text = withoutKey(response.text)
        let json = try? JSON.parse(text)
        let error = json?["error"] ?? json ?? .string(String(text.prefix(200)))
        var failure = ModelError(providerError: error, status: response.status)
        guard failure.isRetryable, let asked = response.headers.retryAfter(now: Int64(time(nil))) else {
            return failure
        }
        guard asked <= Self.retryAfterMax else {
            return ModelError(
                failure.kind,
                failure.message,
                hint:
                    "The provider asks to wait for \(DurationText.format(asked)), too long for a run to wait."
            )
        }
        failure.retryAfter = asked
        return failure
    }
}

extension ModelError {
    /// What went wrong on the way to the provider.
    init(_ error: HTTPError) {
        let kind: Kind
        switch error.kind {
        case .timedOut: kind = .timedOut
        case .nameNotResolved, .connectFailed, .connectionLost, .tlsFailed, .closed: kind = .unreachable
        case .invalidRequest, .addressRefused, .redirectRefused: kind = .invalidRequest
        case .invalidResponse, .eventTooLarge, .bodyTooLarge, .headTooLarge: kind = .garbled
        case .unexpectedStatus, .internalFailure: kind = .failed
        }
        // A model call changes nothing at the provider: whatever the transport calls worth repeating is.
        let repeats = error.isRetryable || kind == .timedOut || kind == .unreachable && error.kind != .closed
        self.init(
            kind,
            "The model can't be asked: \(error.reason) (\(error.url)).",
            hint: error.hint,
            isRetryable: repeats
        )
    }
}
