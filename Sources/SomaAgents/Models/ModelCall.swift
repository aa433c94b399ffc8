package import SomaCore

/// One message of a conversation with a model.
package struct ChatMessage: Sendable, Hashable {
    package enum Role: String, Sendable, Hashable { case system, user, assistant, tool }

    package var role: Role
    package var text: String
    /// What an assistant's message asks for.
    package var calls: [ModelReply.Call]
    /// The call that a tool's message answers.
    package var callID: String?

    package init(_ role: Role, _ text: String, calls: [ModelReply.Call] = [], callID: String? = nil) {
        self.role = role
        self.text = text
        self.calls = calls
        self.callID = callID
    }
}

/// What a model is asked.
package struct ModelCall: Sendable, Hashable {
    /// The model's name at its provider.
    package var model: String
    /// The conversation.
    package var messages: [ChatMessage]
    /// The tools that it may ask for.
    package var tools: [ModelTool]
    /// From 0 to 2; `nil` leaves it to the provider.
    package var temperature: Double?
    /// The most tokens of the answer.
    package var outputTokensMax: Int
    /// How long the whole answer may take.
    package var timeout: Duration
    /// Where in its trace whoever asks stands; `nil` where the provider is not to hear of one.
    package var caller: TraceContext?

    package init(
        model: String,
        messages: [ChatMessage],
        tools: [ModelTool] = [],
        temperature: Double? = nil,
        outputTokensMax: Int = 2048,
        timeout: Duration = .seconds(300)
    ) {
        self.model = model
        self.messages = messages
        self.tools = tools
        self.temperature = temperature
        self.outputTokensMax = outputTokensMax
        self.timeout = timeout
    }

    /// How many tokens the conversation is, about: a quarter of its bytes.
    package var inputTokensEstimate: Int {
        let words = messages.reduce(0) { sum, message in
            sum + message.text.utf8.count + message.calls.reduce(0) { $0 + $1.arguments.utf8.count + 16 } + 16
        }
        return (words + tools.reduce(0) { $0 + $1.summary.utf8.count + $1.parameters.bytes().count }) / 4
    }
}

/// A tool as a model sees it.
package struct ModelTool: Sendable, Hashable {
    package var name: String
    package var summary: String
    /// A JSON Schema of type object.
    package var parameters: JSON

    package init(name: String, summary: String, parameters: JSON) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
    }

    package init(_ specification: ToolSpecification) {
        self.init(
            name: specification.name,
            summary: specification.summary,
            parameters: specification.parameters
        )
    }
}

/// What a model answered.
package struct ModelReply: Sendable, Hashable {
    /// A tool that it asked for. The arguments are as it wrote them: they may be no JSON.
    package struct Call: Sendable, Hashable {
        package var id: String
        package var name: String
        package var arguments: String

        package init(id: String, name: String, arguments: String) {
            self.id = id
            self.name = name
            self.arguments = arguments
        }
    }

    /// Why it stopped.
    package enum Finish: String, Sendable, Hashable {
        case stop, length
        case toolCalls = "tool_calls"
        case filtered = "content_filter"
        /// The provider gave another reason, or none.
        case other
    }

    package var text = ""
    package var calls: [Call] = []
    package var finish = Finish.other
    /// Tokens, as the provider counted them; `nil` where it didn't say.
    package var inputTokens: Int?
    package var outputTokens: Int?
    /// The model that answered, by the provider's word.
    package var model: String?

    package init() {}

    /// The reply as it is kept: what nodes read.
    package var json: JSON {
        var object: JSONObject = ["text": .string(text), "finish": .string(finish.rawValue)]
        if !calls.isEmpty {
            object["calls"] = .array(
                calls.map {
                    ["id": .string($0.id), "name": .string($0.name), "arguments": .string($0.arguments)]
                }
            )
        }
        return .object(object)
    }

    /// Reads what `json` wrote.
    package init(_ json: JSON) {
        text = json["text"]?.string ?? ""
        finish = json["finish"]?.string.flatMap(Finish.init) ?? .other
        calls = (json["calls"]?.array ?? []).map { call in
            Call(
                id: call["id"]?.string ?? "",
                name: call["name"]?.string ?? "",
                arguments: call["arguments"]?.string ?? ""
            )
        }
    }
}
