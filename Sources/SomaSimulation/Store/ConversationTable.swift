import SomaCore
import SomaEngine

/// Conversations in memory.
struct ConversationTable: Sendable {
    private var conversations: [Conversation] = []
    private var messages: [ConversationID: [Message]] = [:]
    private var keys: [ConversationID: [String: Int]] = [:]

    mutating func create(_ conversation: Conversation) {
        guard self[conversation.id] == nil else { return }
        conversations.append(conversation)
    }

    subscript(id: ConversationID) -> Conversation? { conversations.first { $0.id == id } }

    func list(after: ConversationID?, limit: Int) -> [Conversation] {
        let latest = conversations.enumerated().sorted {
            ($0.element.startedAt, $0.offset) > ($1.element.startedAt, $1.offset)
        }.map(\.element)
        guard let after else { return Array(latest.prefix(max(0, limit))) }
        guard let place = latest.firstIndex(where: { $0.id == after }) else { return [] }
        return Array(latest[(place + 1)...].prefix(max(0, limit)))
    }

    mutating func post(
        _ words: ContentID,
        key: String,
        at: Timestamp,
        trace: TraceContext?,
        to id: ConversationID
    ) -> Message? {
        guard self[id] != nil else { return nil }
        if let known = keys[id]?[key] { return messages[id]?[known - 1] }
        let number = (messages[id]?.count ?? 0) + 1
        let message = Message(
            number: number,
            author: .person,
            status: .waiting,
            at: at,
            words: words,
            trace: trace
        )
        messages[id, default: []].append(message)
        keys[id, default: [:]][key] = number
        return message
    }

    func messages(of id: ConversationID, after number: Int, limit: Int) -> [Message] {
        Array((messages[id] ?? []).drop { $0.number <= number }.prefix(max(0, limit)))
    }

    func turn(of id: ConversationID, earlier: Int) -> Turn? {
        let all = messages[id] ?? []
        guard let message = all.first(where: { $0.author == .person && $0.status != .answered }) else {
            return nil
        }
        // What was posted before it is answered; its answers may stand behind it.
        let before = all.filter { ($0.author == .person ? $0.number : $0.answers ?? 0) < message.number }
        return Turn(message: message, earlier: before.suffix(max(0, earlier)))
    }

    mutating func begin(_ number: Int, of id: ConversationID, run: RunID) -> RunID? {
        guard let place = place(of: number, in: id) else { return nil }
        let message = messages[id]?[place]
        guard message?.run == nil, message?.status == .waiting else { return message?.run }
        messages[id]?[place].run = run
        messages[id]?[place].status = .working
        return run
    }

    mutating func answer(_ answer: Message, in id: ConversationID) -> Message? {
        guard let number = answer.answers, let place = place(of: number, in: id),
            messages[id]?[place].status != .answered
        else { return nil }
        var answer = answer
        answer.number = (messages[id]?.count ?? 0) + 1
        messages[id]?[place].status = .answered
        messages[id]?[place].run = answer.run
        messages[id]?.append(answer)
        return answer
    }

    func conversation(of run: RunID) -> ConversationID? {
        messages.first { $0.value.contains { $0.run == run && $0.author == .person } }?.key
    }

    func unanswered(limit: Int) -> [ConversationID] {
        let waiting = messages.compactMap { id, messages in
            messages.first { $0.author == .person && $0.status != .answered }.map { (since: $0.at, id: id) }
        }
        return waiting.sorted { ($0.since, $0.id) < ($1.since, $1.id) }.prefix(max(0, limit)).map(\.id)
    }

    private func place(of number: Int, in id: ConversationID) -> Int? {
        let all = messages[id] ?? []
        guard all.indices.contains(number - 1), all[number - 1].author == .person else { return nil }
        return number - 1
    }
}
