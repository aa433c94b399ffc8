import Logging
import SomaKafka
import SomaEngine

/// Topics that a part of the daemon needs, made where they are missing and may be.
struct NeededTopics: Sendable {
    let names: [String]
    let options: KafkaOptions
    let newTopics: KafkaAdmin.NewTopics
    let logger: Logger

    /// Sees that they are there.
    func ensure() async throws(BusError) {
        let admin = try await KafkaAdmin.open(options, logger: logger)
        let made: [String]
        do throws(BusError) {
            made = try await admin.ensure(names, newTopics)
        } catch {
            await admin.close()
            throw error
        }
        await admin.close()
        if !made.isEmpty { logger.notice("Made topics in Kafka: \(made.joined(separator: ", ")).") }
    }

    /// Whether the cluster answers and has, or may be given, the topics: what is wrong, where something is.
    func problem() async -> BusError? {
        do throws(BusError) {
            try await ensure()
            return nil
        } catch {
            return error
        }
    }
}
