import Logging
import SomaEngine
import SomaKafka

/// Handles the messages of a topic in order, for as long as the process works.
///
/// A message is handled for good when `handle` returns; it is committed then. One that can't be handled, ever, is put aside
/// with the reason. Anything else that fails is tried again, ever more slowly.
struct TopicWork: Sendable {
    private static let batchMax = 100
    private static let waitMax: Duration = .seconds(5)

    let bus: DaemonBus
    let topic: String
    let group: String
    var start = KafkaConsumer.Start.earliest
    let handle: @Sendable (BusMessage) async throws -> Void

    /// Works until cancelled.
    func run() async {
        var wait = Duration.milliseconds(200)
        while !Task.isCancelled {
            do {
                let consumer = try await KafkaConsumer.open(
                    bus.options,
                    group: group,
                    topics: [topic],
                    start: start,
                    logger: bus.logger,
                    onStatistics: { [bus] in bus.counted($0) }
                )
                bus.listens { consumer.absence }
                do {
                    try await work(consumer, &wait)
                } catch {
                    await leave(consumer)
                    throw error
                }
                await leave(consumer)
            } catch is CancellationError {
                return
            } catch {
                guard !Task.isCancelled else { return }
                bus.note("\(error)")
                bus.logger.warning("Messages of \(topic) have to wait: \(error)")
                // It may have been deleted. Where it may not be made again, the error has said so.
                if (error as? BusError)?.kind == .missingTopic { _ = await bus.needed.problem() }
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, Self.waitMax)
            }
        }
    }

    private func leave(_ consumer: KafkaConsumer) async {
        bus.listens(nil)
        await consumer.close()
    }

    private func work(_ consumer: KafkaConsumer, _ wait: inout Duration) async throws {
        while !Task.isCancelled {
            let messages = try await consumer.next(max: Self.batchMax)
            guard !messages.isEmpty else { return }
            bus.note(nil)
            wait = .milliseconds(200)
            for message in messages where !bus.isStranger(message) { try await take(message) }
            try await consumer.commit(messages)
        }
    }

    private func take(_ message: BusMessage) async throws {
        var wait = Duration.milliseconds(100)
        while true {
            do {
                return try await handle(message)
            } catch let poison as PoisonedMessage {
                return try await bus.putAside(message, poison.description)
            } catch {
                try Task.checkCancellation()
                bus.logger.warning("A message of \(topic) has to wait: \(error)")
                try await Task.sleep(for: wait)
                wait = min(wait * 2, Self.waitMax)
            }
        }
    }
}
