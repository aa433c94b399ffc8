import SomaCore

/// Keeps sessions of conversations for a while, for all processes. It may forget any of them at any time.
public protocol SessionKeeper: Sendable {
    /// What was kept under a name; `nil` where that isn't known.
    func session(_ name: String) async -> [UInt8]?
    /// Keeps something under a name for a while.
    func keep(_ session: [UInt8], as name: String) async
}

/// What is needed of a conversation for each of its messages and never changes: how it was begun, and words under their
/// names. Whose turn it is only the store knows.
struct ConversationSession: Hashable {
    var conversation: Conversation
    var words: [ContentID: Words] = [:]

    private static let sealBytes = 16

    init(_ conversation: Conversation) { self.conversation = conversation }

    /// Reads what `sealed` gave; `nil` for anything else, such as what another cluster or another conversation has kept.
    init?(_ bytes: [UInt8], of id: ConversationID, _ hasher: any ContentHasher) {
        let body = Array(bytes.dropFirst(Self.sealBytes))
        guard Self.seal(body, id, hasher) == Array(bytes.prefix(Self.sealBytes)),
            let record = try? JSON.parse(body), let settings = record["settings"],
            let started = record["started"]?.int
        else { return nil }
        let startedAt = Timestamp(microseconds: Int64(started))
        conversation = Conversation(id: id, startedAt: startedAt, settings: settings)
        for member in record["words"]?.object?.members ?? [] {
            guard let name = ContentID(member.key), let bytes = member.value.string.flatMap(Base64.decode)
            else {
                return nil
            }
            words[name] = Words(bytes: bytes)
        }
    }

    /// The session's bytes, and before them a proof that this store's processes have written them.
    func sealed(_ hasher: any ContentHasher) -> [UInt8] {
        var kept = JSONObject()
        for (name, words) in words { kept[name.description] = .string(Base64.encode(words.bytes)) }
        let body = JSON.object([
            "started": .int(conversation.startedAt.microseconds), "settings": conversation.settings,
            "words": .object(kept),
        ]).bytes()
        return Self.seal(body, conversation.id, hasher) + body
    }

    private static func seal(_ body: [UInt8], _ id: ConversationID, _ hasher: any ContentHasher) -> [UInt8] {
        hasher.id(of: Words(bytes: body), after: nil, subject: "session \(id)").bytes
    }
}
