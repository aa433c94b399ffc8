package import SomaCore

/// The topics, and what is said on them. Messages carry names; words stay in the store.
package struct Topics: Sendable, Hashable {
    /// What the names of all topics and groups begin with, so that several clusters can share a Kafka.
    package let prefix: String

    package init(prefix: String = "") { self.prefix = prefix }

    /// Messages that people have sent, by conversation.
    package var inbound: String { prefix + "conversation.inbound" }
    /// Answers, by conversation.
    package var outbound: String { prefix + "conversation.outbound" }
    /// Calls to tools that are wanted, by run.
    package var toolRequests: String { prefix + "tool.requests" }
    /// Calls to tools that are over, by run.
    package var toolResults: String { prefix + "tool.results" }
    /// The log.
    package var transitions: String { prefix + RelayParcel.topic }
    /// The work that processes give each other, and what of it can't be handled.
    package var work: [String] {
        let work = [inbound, outbound, toolRequests, toolResults]
        return work + work.map(DeadLetter.topic(of:))
    }

    /// A group of consumers.
    package func group(_ name: String) -> String { "\(prefix)soma.\(name)" }
}

/// Why a message can't be handled, ever.
package struct PoisonedMessage: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// What is said of a call to a tool: that it is wanted, or that it is over.
package struct ToolCallNotice: Sendable, Hashable {
    package static let wanted = "soma.tool.requested.v1"
    package static let over = "soma.tool.finished.v1"

    package let call: ToolCall

    package init(_ call: ToolCall) { self.call = call }

    /// As a message of a topic.
    /// - Parameter trace: Where in a trace it stands, so that whoever reads it can go on from there.
    package func record(
        _ type: String,
        topic: String,
        at time: Timestamp,
        trace: TraceContext? = nil
    ) -> BusRecord {
        BusRecord(
            event: type,
            id: call.description,
            source: "/runs/\(call.run)",
            at: time,
            data: ["effect": JSON(call.effect), "attempt": JSON(call.attempt)],
            topic: topic,
            key: call.run.rawValue,
            trace: trace
        )
    }

    /// Reads a message of a topic.
    package init(_ message: BusMessage, _ type: String) throws(PoisonedMessage) {
        let event = try message.event(type)
        guard let call = event["id"]?.string.flatMap({ ToolCall($0) }) else {
            throw PoisonedMessage("The event's id names no call: RUN/EFFECT/ATTEMPT is expected.")
        }
        self.call = call
    }
}

/// What is said of a message in a conversation: that it was sent, or that it answers one.
package struct ConversationNotice: Sendable, Hashable {
    package static let posted = "soma.message.posted.v1"
    package static let answered = "soma.message.answered.v1"

    package let conversation: ConversationID
    package let message: Int

    package init(_ conversation: ConversationID, message: Int) {
        self.conversation = conversation
        self.message = message
    }

    /// As a message of a topic.
    /// - Parameter trace: Where in a trace it stands, so that whoever reads it can go on from there.
    package func record(
        _ type: String,
        topic: String,
        at time: Timestamp,
        trace: TraceContext? = nil
    ) -> BusRecord {
        BusRecord(
            event: type,
            id: "\(conversation)/\(message)",
            source: "/conversations/\(conversation)",
            at: time,
            data: ["message": JSON(message)],
            topic: topic,
            key: conversation.rawValue,
            trace: trace
        )
    }

    /// Reads a message of a topic.
    package init(_ message: BusMessage, _ type: String) throws(PoisonedMessage) {
        let parts = try message.event(type)["id"]?.string?.split(separator: "/") ?? []
        guard parts.count == 2, let number = Int(parts[1]), number > 0 else {
            throw PoisonedMessage("The event's id names no message: CONVERSATION/NUMBER is expected.")
        }
        self.init(ConversationID(String(parts[0])), message: number)
    }
}

extension BusRecord {
    /// A CloudEvents 1.0 object, structured mode.
    fileprivate init(
        event type: String,
        id: String,
        source: String,
        at time: Timestamp,
        data: JSONObject,
        topic: String,
        key: String,
        trace: TraceContext?
    ) {
        let event: JSON = [
            "specversion": "1.0", "id": .string(id), "source": .string(source), "type": .string(type),
            "time": .string(time.description), "datacontenttype": "application/json", "data": .object(data),
        ]
        self.init(
            topic: topic,
            key: Array(key.utf8),
            value: event.bytes(),
            headers: [BusHeader("ce_type", type)] + BusHeader.headers(of: trace)
        )
    }
}

extension BusMessage {
    /// The message's CloudEvents object, where it is one of a type.
    fileprivate func event(_ type: String) throws(PoisonedMessage) -> JSON {
        guard let value else { throw PoisonedMessage("The message has no value.") }
        let event: JSON
        do throws(JSONError) { event = try JSON.parse(value) } catch {
            throw PoisonedMessage(
                "The value is no JSON: \(error.message) at line \(error.line), column \(error.column)."
            )
        }
        guard event["specversion"]?.string == "1.0", let found = event["type"]?.string else {
            throw PoisonedMessage("The value is no CloudEvents 1.0 object.")
        }
        guard found == type else {
            throw PoisonedMessage(
                "The event's type is \(JSON.string(String(found.prefix(100))).text()), and \(type) is expected. "
                    + "A newer version may have sent it."
            )
        }
        return event
    }
}
