import KafkaFixture
import Logging
import SomaEngine
import SomaKafka

/// What the tests of this target need of the broker.
enum Cluster {
    static let logger = Logger(label: "kafka-tests") { _ in SwiftLogNoOpLogHandler() }

    static func options() async throws -> KafkaOptions {
        var options = KafkaOptions(brokers: [try await TestBroker.brokers()])
        // The tests' broker knows no other.
        options.assignment = .range
        options.requestTimeout = .seconds(5)
        return options
    }

    /// A topic of the test's own.
    static func topic(_ base: String, partitions: Int = 4) async throws -> String {
        let admin = try await KafkaAdmin.open(options(), logger: logger)
        let name = TestBroker.name(base)
        try await admin.ensure([name], KafkaAdmin.NewTopics(partitions: partitions, replicas: 1))
        await admin.close()
        return name
    }

    /// Everything that a topic holds, by partition.
    static func everything(in topic: String) async throws -> [BusMessage] {
        let admin = try await KafkaAdmin.open(options(), logger: logger)
        let partitions = try await admin.topics(topic).flatMap(\.partitions)
        let ranges = try await admin.ranges(of: partitions)
        await admin.close()
        let total = ranges.values.reduce(0) { $0 + Int($1.high - $1.low) }
        guard total > 0 else { return [] }
        let reader = try await KafkaConsumer.open(options(), from: ranges.mapValues(\.low), logger: logger)
        var found: [BusMessage] = []
        while found.count < total {
            let batch = try await reader.next(max: 1_000, within: .seconds(10))
            if batch.isEmpty { break }
            found += batch
        }
        await reader.close()
        return found
    }
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

extension BusMessage {
    var text: String { String(decoding: value ?? [], as: UTF8.self) }
}
