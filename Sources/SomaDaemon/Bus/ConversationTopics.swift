import ServiceLifecycle
import SomaCore
import SomaEngine
import SomaGateway
import SomaKafka

/// How messages come from gateways to workers, and answers back.
struct ConversationTopics: Sendable {
    let bus: DaemonBus
    let name: String

    /// Tells the workers of a message.
    func posted(_ id: ConversationID, _ message: Message) async {
        let notice = ConversationNotice(id, message: message.number)
        await bus.say([
            notice.record(
                ConversationNotice.posted,
                topic: bus.topics.inbound,
                at: SystemWallClock().now,
                trace: message.trace
            )
        ])
    }

    /// Tells everybody of an answer.
    /// - Parameter trace: Where in its trace the run stands that it comes from.
    func answered(_ id: ConversationID, _ message: Message, _ trace: TraceContext?) async {
        let notice = ConversationNotice(id, message: message.number)
        await bus.say([
            notice.record(
                ConversationNotice.answered,
                topic: bus.topics.outbound,
                at: SystemWallClock().now,
                trace: trace
            )
        ])
    }

    /// Has messages worked on as they come, until cancelled. One is done with when its run has its name.
    func work(_ worker: ConversationWorker) async {
        await bus.open()
        // All workers are its members.
        let group = bus.topics.group("conversation-worker")
        await TopicWork(bus: bus, topic: bus.topics.inbound, group: group) { message in
            let notice = try ConversationNotice(message, ConversationNotice.posted)
            try await worker.advance(notice.conversation)
        }.run()
    }

    /// Tells those who follow conversations here of answers, until cancelled.
    func follow(_ feed: ConversationFeed) async {
        await bus.open()
        // Each gateway hears of all answers: any of them may be followed here.
        let group = bus.topics.group("gateway.\(name)")
        await TopicWork(bus: bus, topic: bus.topics.outbound, group: group, start: .latest) { message in
            feed.changed(try ConversationNotice(message, ConversationNotice.answered).conversation)
        }.run()
    }
}

/// Works beside the services of a role until the process ends.
struct BesideService: Service {
    let bus: DaemonBus
    /// Opens the bus when it needs it: not all of it may wait for a broker that is away.
    let work: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
        await bus.close()
    }
}
