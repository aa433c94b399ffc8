package import SomaCore

/// Puts a reply together from the pieces of an OpenAI-compatible chat completion stream.
///
/// Pure: it takes the data of one server-sent event after another. Pieces of other protocols and of newer
/// versions are passed over; what breaks the protocol is an error with the place.
package struct ChatStreamDecoder: Sendable {
    /// The most of a reply that is kept.
    package static let bytesMax = 8 << 20
    /// The most tool calls of one reply.
    package static let callsMax = 64

    /// What has arrived so far.
    package private(set) var reply = ModelReply()
    /// Whether the stream has said that it is over.
    package private(set) var isDone = false
    private var sawFinish = false
    /// Whether anything of an answer has arrived.
    package var hasBegun: Bool { reply != ModelReply() }
    private var bytes = 0
    /// The places of calls by the `index` that their pieces carry.
    private var places: [Int: Int] = [:]
    private var events = 0

    package init() {}

    /// Takes one event's data.
    ///
    /// - Returns: The text that it adds.
    /// - Throws: `ModelError`: `garbled` for what is no piece, or the provider's own error.
    package mutating func take(_ data: String) throws(ModelError) -> String {
        guard !isDone else { return "" }
        events += 1
        bytes += data.utf8.count
        guard bytes <= Self.bytesMax else {
            throw ModelError(.garbled, "The model's answer is larger than \(Self.bytesMax) bytes.")
        }
        let trimmed = TemplateFilter.trimmed(data)
        if trimmed == "[DONE]" {
            isDone = true
            return ""
        }
        guard !trimmed.isEmpty else { return "" }
        guard let piece = try? JSON.parse(trimmed), piece.object != nil else {
            throw ModelError(
                .garbled,
                "Event \(events) of the model's answer is no JSON object: \(String(trimmed.prefix(80)))",
                isRetryable: true
            )
        }
        if let error = piece["error"], !error.isNull { throw ModelError(providerError: error, status: nil) }
        return merge(piece)
    }

    /// Takes a whole reply that was not streamed.
    package mutating func takeWhole(_ body: JSON) throws(ModelError) {
        if let error = body["error"], !error.isNull { throw ModelError(providerError: error, status: nil) }
        guard body["choices"]?[0]?["message"] != nil else {
            throw ModelError(.garbled, "The model's answer has no choices[0].message.")
        }
        _ = merge(body)
        isDone = true
    }

    /// The reply, once the stream has ended.
    ///
    /// - Throws: `garbled` where it was cut off: half an answer is none.
    package func finished() throws(ModelError) -> ModelReply {
        guard isDone || sawFinish else {
            throw ModelError(
                .garbled,
                events == 0
                    ? "The model's answer was empty."
                    : "The model's answer broke off after \(events) events.",
                isRetryable: true
            )
        }
        return reply
    }

    private mutating func merge(_ piece: JSON) -> String {
        if let model = piece["model"]?.string, !model.isEmpty { reply.model = model }
        if let usage = piece["usage"], usage.object != nil {
            reply.inputTokens = usage["prompt_tokens"]?.int.map { max(0, $0) } ?? reply.inputTokens
            reply.outputTokens = usage["completion_tokens"]?.int.map { max(0, $0) } ?? reply.outputTokens
        }
        // Only the first of several choices is an answer to us; we never ask for more.
        let choices = piece["choices"]?.array ?? []
        guard let choice = choices.first(where: { ($0["index"]?.int ?? 0) == 0 }) else { return "" }
        let delta = choice["delta"] ?? choice["message"] ?? .null
        let text = Self.text(delta["content"])
        reply.text += text
        for (position, call) in (delta["tool_calls"]?.array ?? []).enumerated() { merge(call, position) }
        if let finish = choice["finish_reason"]?.string, !finish.isEmpty {
            sawFinish = true
            reply.finish = ModelReply.Finish(rawValue: finish) ?? .other
        }
        return text
    }

    /// A content is a text, or a list of parts of which some are text.
    private static func text(_ content: JSON?) -> String {
        if let text = content?.string { return text }
        return (content?.array ?? []).compactMap { $0["text"]?.string }.joined()
    }

    private mutating func merge(_ piece: JSON, _ position: Int) {
        let function = piece["function"]
        let id = piece["id"]?.string ?? ""
        let index = piece["index"]?.int ?? callIndex(id, position)
        guard let place = places[index] ?? newPlace(index) else { return }
        if !id.isEmpty { reply.calls[place].id = id }
        // Names come whole; some servers repeat them with every piece.
        if let name = function?["name"]?.string, !name.isEmpty { reply.calls[place].name = name }
        switch function?["arguments"] {
        case .string(let text): reply.calls[place].arguments += text
        case .object(let object): reply.calls[place].arguments = JSON.object(object).text()
        default: break
        }
    }

    /// Servers that leave the index out name the call by its id, or send it whole.
    private func callIndex(_ id: String, _ position: Int) -> Int {
        guard !id.isEmpty else { return max(position, reply.calls.count - 1) }
        if let place = reply.calls.firstIndex(where: { $0.id == id }) {
            return places.first { $0.value == place }?.key ?? place
        }
        return (places.keys.max() ?? -1) + 1
    }

    private mutating func newPlace(_ index: Int) -> Int? {
        guard reply.calls.count < Self.callsMax else { return nil }
        reply.calls.append(.init(id: "", name: "", arguments: ""))
        places[index] = reply.calls.count - 1
        return reply.calls.count - 1
    }
}

extension ModelError {
    /// What a provider says is wrong, in the several shapes that providers use.
    package init(providerError error: JSON, status: Int?) {
        let said = error["message"]?.string ?? error.string ?? error.text()
        let code = error["code"]?.string ?? error["type"]?.string ?? ""
        let words = String(said.prefix(400))
        let message = "The model's provider says: \(words)" + (words.hasSuffix(".") ? "" : ".")
        let codeStatus = status ?? error["code"]?.int ?? 0
        switch (codeStatus, code) {
        case (_, "insufficient_quota"):
            self.init(.limited, message, hint: "The account's quota is used up; more tries don't help.")
        case (401, _), (403, _), (_, "invalid_api_key"), (_, "authentication_error"):
            self.init(.denied, message, hint: "Check model.api_key.")
        case (429, _), (_, "rate_limit_exceeded"), (_, "rate_limit_error"):
            self.init(.limited, message, isRetryable: true)
        case (404, _), (_, "model_not_found"):
            self.init(
                .invalidRequest,
                message,
                hint: "Check model.url (it usually ends in /v1) and model.name."
            )
        case (408, _), (409, _), (425, _), (500..., _), (_, "server_error"), (_, "overloaded_error"),
            (_, "api_error"):
            self.init(.failed, message, isRetryable: true)
        case (0, ""): self.init(.failed, message, isRetryable: true)
        default: self.init(.invalidRequest, message)
        }
    }
}
