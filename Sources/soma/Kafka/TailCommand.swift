import ArgumentParser
import SomaCore
import SomaEngine
import SomaKafka
import SomaTerminal

/// `soma tail TOPIC`: the messages of a topic as they come.
struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Print a topic's messages as they come.",
        discussion: """
            Reads any Kafka, without a group: nobody else notices. Values that are JSON
            or text are shown as they are, others in hexadecimal. With --json, each
            message is one line; a value that is no text is in base 64.

            Examples:
              soma tail orchestrator.transitions
              soma tail orders --from beginning --once --json | jq .value
              soma tail orders --from -20 --filter 'refund|chargeback'
              soma tail orders --from 10m --brokers kafka:9092
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions
    @OptionGroup var kafka: KafkaArguments

    @Argument(help: "A topic.")
    var topic: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Where to begin: beginning, end, -N (the last N of each partition), 10m, or RFC 3339.",
            valueName: "place"
        )
    )
    var from = "end"

    @Option(
        help: ArgumentHelp("Only messages whose key, value or headers match.", valueName: "regex")
    )
    var filter: String?

    @Flag(help: "End with what is there now.")
    var once = false

    func run() async throws {
        let filter = try filter.map { try MessageFilter($0) }
        let start = try TailStart(from)
        let options = try kafka.options(global)
        let style = global.style
        let (offsets, ends) = try await Kafka.withAdmin(options) { admin in
            let found = try await Kafka.topic(topic, admin, at: options)
            let ranges = try await admin.ranges(of: found.led)
            try sayMissing(found.parts.count - ranges.count, of: found.parts.count)
            return (try await start.offsets(ranges, admin), ranges.mapValues(\.high))
        }
        try await Kafka.asking {
            let reader = try await KafkaConsumer.open(options, from: offsets)
            let watching = Task { await Self.watch(reader) }
            defer { watching.cancel() }
            var rest = TopicRemainder(from: offsets, to: ends)
            while !(once && rest.isEmpty) {
                let batch = try await reader.read(max: 500)
                for message in once ? rest.take(batch) : batch.messages {
                    guard filter?.matches(message) ?? true else { continue }
                    if global.json {
                        Out.record(MessageText.json(message))
                    } else {
                        Out.line(MessageText.line(message, style))
                    }
                }
            }
            await reader.close()
        }
    }

    /// Says that partitions are left out; there is nothing to read where all are.
    private func sayMissing(_ missing: Int, of count: Int) throws {
        guard missing > 0 else { return }
        guard missing < count else {
            throw CommandFailure(
                .failed,
                "No partition of the topic \(topic) can be read: none has a leader that answers.",
                hint: "See soma topics, and that its brokers run."
            )
        }
        Out.note("\(missing) of \(count) partitions have no leader that answers: they are left out.")
    }

    /// Says when no broker can be reached: nothing would tell that from a topic into which nobody writes.
    private static func watch(_ reader: KafkaConsumer) async {
        var wasAway = false
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let absence = reader.absence
            if let absence, !wasAway {
                Out.note(SafeText.line("\(absence) It goes on when there is one again."))
            }
            wasAway = absence != nil
        }
    }
}

/// What messages are looked for.
struct MessageFilter {
    private let regex: LinearRegex

    init(_ pattern: String) throws {
        do {
            regex = try LinearRegex(pattern)
        } catch {
            throw CommandFailure(.usage, "--filter: \"\(pattern)\" is not a regular expression: \(error)")
        }
    }

    func matches(_ message: BusMessage) -> Bool { regex.matches(MessageText.searched(message)) }
}

/// Where tailing begins.
enum TailStart: Equatable {
    case beginning, end
    case last(Int64)
    case moment(Timestamp)

    init(_ text: String) throws {
        switch text {
        case "beginning": self = .beginning
        case "end": self = .end
        default:
            if text.hasPrefix("-"), let count = Int64(text.dropFirst()), count > 0 {
                self = .last(count)
            } else if let moment = try? TimeArgument.parse(text) {
                self = .moment(moment)
            } else {
                throw CommandFailure(
                    .usage,
                    "--from: \"\(text)\" is no place: give beginning, end, -20, 10m, or 2026-01-31T14:00:00Z."
                )
            }
        }
    }

    func offsets(
        _ ranges: [BusPartition: KafkaRange],
        _ admin: KafkaAdmin
    ) async throws -> [BusPartition: Int64] {
        switch self {
        case .beginning: ranges.mapValues(\.low)
        case .end: ranges.mapValues(\.high)
        case .last(let count): ranges.mapValues { max($0.low, $0.high - min(count, $0.high)) }
        case .moment(let moment): try await admin.offsets(of: ranges.keys.sorted(), at: moment)
        }
    }
}
