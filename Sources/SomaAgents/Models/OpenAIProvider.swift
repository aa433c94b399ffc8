import SomaCore
package import SomaHTTP
package import SomaSettings

/// Asks any endpoint that speaks OpenAI's chat completions, with tools and streaming.
package struct OpenAIProvider: ModelProvider {
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
        self.key = key
        self.includesUsage = includesUsage
    }

    package func complete(
        _ call: ModelCall,
        onDelta: @escaping @Sendable (String) -> Void
    ) async throws(ModelError) -> ModelReply {
        do {
            return try await exchange(call, onDelta)
        } catch let error as ModelError {
            throw error
        } catch let error as HTTPError {
            throw ModelError(error)
        } catch {
            throw ModelError(.cancelled, "The call to the model was cancelled.")
        }
    }

    private func exchange(_ call: ModelCall, _ onDelta: (String) -> Void) async throws -> ModelReply {
        let response = try await client.stream(request(call))
        guard response.head.isSuccess else {
            throw Self.refused(try await response.prefix(64 << 10))
        }
        var decoder = ChatStreamDecoder()
        guard response.head.mediaType == "text/event-stream" else {
            let whole = try await response.prefix(ChatStreamDecoder.bytesMax)
            guard let json = try? JSON.parse(whole.body) else {
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
                let text = try decoder.take(event.data)
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

    private static func refused(_ response: HTTPResponse) -> ModelError {
        let json = try? JSON.parse(response.body)
        let error = json?["error"] ?? json ?? .string(String(response.text.prefix(200)))
        return ModelError(providerError: error, status: response.status)
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
