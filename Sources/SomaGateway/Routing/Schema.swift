import SomaCore

/// The shapes of documents, for the description of the interface.
enum Schema: String, CaseIterable, Sendable {
    case answer = "Answer"
    case cancel = "Cancel"
    case content = "Content"
    case conversation = "Conversation"
    case conversationPage = "ConversationPage"
    case daemon = "Daemon"
    case fleet = "Fleet"
    case fork = "Fork"
    case health = "Health"
    case limits = "Limits"
    case memoryPage = "MemoryPage"
    case message = "Message"
    case messagePage = "MessagePage"
    case postMessage = "PostMessage"
    case problem = "Problem"
    case receipt = "Receipt"
    case replicaPage = "ReplicaPage"
    case role = "Role"
    case rolePage = "RolePage"
    case run = "Run"
    case runPage = "RunPage"
    case settle = "Settle"
    case start = "Start"
    case startConversation = "StartConversation"
    case state = "RunState"
    case transitionPage = "TransitionPage"

    /// A member of an object.
    private struct Member {
        let name: String
        let json: JSON
        let isRequired: Bool
    }

    /// Where others refer to it.
    var reference: JSON { ["$ref": .string("#/components/schemas/\(rawValue)")] }

    /// Whether a document can't be empty.
    var hasRequired: Bool { members.contains(where: \.isRequired) }

    /// The JSON Schema.
    var json: JSON {
        var properties = JSONObject()
        for member in members { properties[member.name] = member.json }
        var object: JSONObject = ["type": "object", "properties": .object(properties)]
        let required = members.filter(\.isRequired).map(\.name)
        if !required.isEmpty { object["required"] = JSON(required) }
        return .object(object)
    }

    private static let string: JSON = ["type": "string"]
    private static let time: JSON = ["type": "string", "format": "date-time"]
    private static let integer: JSON = ["type": "integer"]
    private static let boolean: JSON = ["type": "boolean"]
    private static let object: JSON = ["type": "object"]

    private static func list(_ items: JSON) -> JSON { ["type": "array", "items": items] }
    private static func words(_ values: [String]) -> JSON { ["type": "string", "enum": JSON(values)] }
    private static func need(_ name: String, _ json: JSON) -> Member {
        Member(name: name, json: json, isRequired: true)
    }
    private static func may(_ name: String, _ json: JSON) -> Member {
        Member(name: name, json: json, isRequired: false)
    }

    private static let status = words(RunStatus.allCases.map(\.rawValue))

    private var members: [Member] {
        switch self {
        case .answer:
            [
                Self.need("action", Self.words(AnswerDocument.Action.allCases.map(\.rawValue))),
                Self.may("text", Self.string), Self.may("arguments", .object(JSONObject())),
            ]
        case .cancel: [Self.may("reason", Self.string)]
        case .content:
            [Self.need("words", Self.list(Self.object)), Self.need("missing", Self.list(Self.string))]
        case .conversation:
            [
                Self.need("id", Self.string), Self.may("role", Self.string),
                Self.need("workspace", Self.string),
                Self.need("limits", Schema.limits.reference), Self.need("tenant", Self.string),
                Self.need("subject", Self.string), Self.need("startedAt", Self.time),
            ]
        case .conversationPage:
            [
                Self.need("conversations", Self.list(Schema.conversation.reference)),
                Self.may("next", Self.string),
            ]
        case .daemon: Self.daemonMembers
        case .fleet:
            [
                Self.need("position", Self.string), Self.need("holder", Self.string),
                Self.need("runs", Self.list(Schema.state.reference)), Self.need("words", Self.object),
                Self.need("version", Self.string), Self.need("roles", Self.list(Self.string)),
            ]
        case .fork: [Self.need("at", Self.integer), Self.may("edit", Self.object)]
        case .health: [Self.need("status", Self.string)]
        case .limits:
            ["tokens", "microdollars", "steps", "seconds"].map {
                Self.may($0, ["type": "integer", "minimum": 0])
            }
        case .memoryPage: [Self.need("memories", Self.list(Self.object)), Self.may("next", Self.string)]
        case .message:
            [
                Self.need("conversation", Self.string), Self.need("number", Self.integer),
                Self.need("author", Self.words(["person", "agent"])), Self.need("status", Self.string),
                Self.need("at", Self.time), Self.may("text", Self.string), Self.may("run", Self.string),
                Self.may("answers", Self.integer),
            ]
        case .messagePage:
            [Self.need("messages", Self.list(Schema.message.reference)), Self.may("next", Self.integer)]
        case .postMessage: [Self.need("text", Self.string)]
        case .problem:
            [
                Self.need("type", Self.string), Self.need("title", Self.string),
                Self.need("status", Self.integer),
                Self.need("detail", Self.string), Self.may("hint", Self.string),
                Self.may("trace", Self.string),
                Self.may("candidates", Self.list(Self.string)), Self.may("retryAfter", Self.integer),
            ]
        case .receipt:
            [Self.need("run", Self.string), Self.need("seq", Self.integer), Self.need("status", Self.status)]
        case .replicaPage: [Self.need("replicas", Self.list(Self.object)), Self.may("trouble", Self.string)]
        case .role:
            [
                Self.need("name", Self.string), Self.need("summary", Self.string),
                Self.need("promptDigest", Self.string), Self.need("tools", Self.list(Self.object)),
                Self.need("limits", Schema.limits.reference), Self.need("runbooks", Self.list(Self.object)),
            ]
        case .rolePage: [Self.need("roles", Self.list(Schema.role.reference))]
        case .run: Self.runMembers
        case .runPage:
            [
                Self.need("runs", Self.list(Schema.run.reference)), Self.may("next", Self.string),
                Self.need("position", Self.string),
            ]
        case .settle: [Self.need("happened", Self.boolean)]
        case .start:
            [
                Self.need("goal", Self.string), Self.may("role", Self.string),
                Self.may("runbook", Self.string),
                Self.may("parameters", Self.object), Self.may("workspace", Self.string),
                Self.may("limits", Schema.limits.reference), Self.may("tenant", Self.string),
                Self.may("subject", Self.string),
            ]
        case .startConversation:
            [
                Self.may("role", Self.string), Self.may("workspace", Self.string),
                Self.may("limits", Schema.limits.reference), Self.may("tenant", Self.string),
                Self.may("subject", Self.string),
            ]
        case .state: [Self.need("id", Self.string), Self.may("seq", Self.integer)]
        case .transitionPage:
            [
                Self.need("run", Self.string), Self.need("transitions", Self.list(Self.object)),
                Self.may("next", Self.integer),
            ]
        }
    }

    private static let daemonMembers: [Member] = [
        need("version", string), need("api", integer), need("pid", integer), need("startedAt", time),
        need("holder", string), need("store", string), need("dataFolder", string),
        need("listen", list(string)), need("isReady", boolean), need("runsUnfinished", integer),
        need("runsWaitingForPerson", integer), need("effectsUnderWay", integer),
        need("streamClients", integer), need("position", string), may("lingers", boolean),
        may("trouble", string),
    ]

    private static let runMembers: [Member] = [
        need("id", string), need("seq", integer), need("role", string), need("status", status),
        need("statusSince", time), need("statusReason", string), need("startedAt", time),
        need("lastAt", time), may("parent", string), need("depth", integer), may("origin", object),
        may("goal", string), may("outcome", string), may("workspace", string), need("waits", list(object)),
        need("nodes", list(string)), need("steps", list(object)), need("planRevision", integer),
        need("budget", object), need("counts", object), need("children", list(string)),
        need("graph", string), need("pins", object), may("holder", string),
        may("holderHeardAt", time),
    ]
}
