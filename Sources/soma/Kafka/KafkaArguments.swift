import ArgumentParser
import SomaCore
import SomaEngine
import SomaKafka
import SomaSettings

/// Which Kafka a command asks.
struct KafkaArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Kafka brokers, in place of the setting kafka.brokers.", valueName: "host:port,…")
    )
    var brokers: String?

    /// The connection's settings.
    func options(_ global: GlobalOptions) throws -> KafkaOptions {
        let named = brokers.map { SettingsLoader.Flag(key: "kafka.brokers", name: "--brokers", values: [$0]) }
        let settings = try global.settings(named.map { [$0] } ?? [])
        let found: KafkaOptions?
        do throws(BusError) {
            found = try KafkaOptions(settings)
        } catch {
            throw CommandFailure(bus: error)
        }
        guard var found else {
            throw CommandFailure(
                .usage,
                "No Kafka is named.",
                hint: "Give --brokers HOST:PORT, or set kafka.brokers."
            )
        }
        found.firstAnswerLimit = KafkaOptions.patience
        return found
    }
}

extension CommandFailure {
    /// What Kafka said.
    init(bus error: BusError) {
        self.init(error.kind == .configuration ? .usage : .failed, error.message, hint: error.hint)
    }
}

/// Runs what asks Kafka, and says its errors as a command does.
enum Kafka {
    @discardableResult
    static func asking<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as BusError {
            throw CommandFailure(bus: error)
        }
    }

    /// Asks with a connection that is closed afterwards.
    @discardableResult
    static func withAdmin<Value>(
        _ options: KafkaOptions,
        _ body: (KafkaAdmin) async throws -> Value
    ) async throws -> Value {
        try await asking {
            let admin = try await KafkaAdmin.open(options)
            do {
                let value = try await body(admin)
                await admin.close()
                return value
            } catch {
                await admin.close()
                throw error
            }
        }
    }

    /// A topic that is there.
    static func topic(_ name: String, _ admin: KafkaAdmin, at options: KafkaOptions) async throws
        -> KafkaTopic
    {
        let all = try await admin.topics()
        if let found = all.first(where: { $0.name == name }) { return found }
        let near = all.map(\.name).filter { !$0.hasPrefix("__") }.prefix(8).joined(separator: ", ")
        throw CommandFailure(
            .usage,
            "Kafka (\(options.address)) has no topic \(name).",
            hint: near.isEmpty ? "It has none at all." : "It has \(near)."
        )
    }
}
