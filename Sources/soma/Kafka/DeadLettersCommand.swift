import ArgumentParser
import SomaCore
import SomaEngine
import SomaKafka
import SomaTerminal

/// `soma dead-letters`: messages that couldn't be handled.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Look at messages that were put aside, and try them again.",
        discussion: """
            A message that can't be handled goes to a topic beside its own, with the
            reason, so that those behind it go on. A letter is named by its place.

            Examples:
              soma dead-letters list
              soma dead-letters show tool.requests.dead-letters/0/17
              soma dead-letters redrive tool.requests.dead-letters
            """,
        subcommands: [List.self, Show.self, Redrive.self]
    )
}

/// A letter where it lies.
private struct StoredLetter {
    /// The group that notes which letters were sent on.
    static let group = "soma-dead-letters"

    let message: BusMessage
    let letter: DeadLetter

    var json: JSON {
        var object = MessageText.json(message).object ?? JSONObject()
        object["place"] = .string(MessageText.place(message))
        object["reason"] = .string(letter.reason)
        object["from"] = .string("\(letter.origin.topic)/\(letter.origin.number)/\(letter.offset)")
        object["put_aside"] = .string(letter.at.description)
        object["has_value"] = .bool(!letter.isWithoutValue)
        return .object(object)
    }

    /// The letters of topics that weren't sent on yet, or all that are kept.
    static func read(
        _ topics: [KafkaTopic],
        all: Bool,
        _ admin: KafkaAdmin,
        _ options: KafkaOptions
    ) async throws -> [StoredLetter] {
        let ranges = try await admin.ranges(of: topics.flatMap(\.led))
        let done = all ? [:] : try await admin.committed(group)
        let starts = ranges.reduce(into: [BusPartition: Int64]()) { starts, entry in
            starts[entry.key] = min(max(done[entry.key] ?? 0, entry.value.low), entry.value.high)
        }
        return try await read(from: starts, to: ranges.mapValues(\.high), options)
    }

    /// The letter at a place, without reading all that lie around it; `nil` where there is none.
    static func read(at place: LetterPlace, _ admin: KafkaAdmin, _ options: KafkaOptions) async throws
        -> StoredLetter?
    {
        let range = try await admin.ranges(of: [place.partition])[place.partition]
        guard let range, (range.low..<range.high).contains(place.offset) else { return nil }
        let (start, end) = ([place.partition: place.offset], [place.partition: place.offset + 1])
        return try await read(from: start, to: end, options).first
    }

    private static func read(
        from starts: [BusPartition: Int64],
        to ends: [BusPartition: Int64],
        _ options: KafkaOptions
    ) async throws -> [StoredLetter] {
        var rest = TopicRemainder(from: starts, to: ends)
        guard !rest.isEmpty else { return [] }
        let reader = try await KafkaConsumer.open(options, from: starts)
        var letters: [StoredLetter] = []
        while !rest.isEmpty {
            for message in rest.take(try await reader.read(max: 500)) {
                guard let letter = DeadLetter(stored: message) else { continue }
                letters.append(StoredLetter(message: message, letter: letter))
            }
        }
        await reader.close()
        return letters.sorted {
            ($0.message.partition, $0.message.offset) < ($1.message.partition, $1.message.offset)
        }
    }
}

/// A letter's place: `TOPIC/PARTITION/OFFSET`.
struct LetterPlace: ExpressibleByArgument, Equatable {
    let partition: BusPartition
    let offset: Int64

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let number = Int32(parts[1]), number >= 0,
            let offset = Int64(parts[2]), offset >= 0
        else { return nil }
        partition = BusPartition(topic: String(parts[0]), number: number)
        self.offset = offset
    }
}

extension DeadLettersCommand {
    /// `soma dead-letters list`.
    struct List: AsyncParsableCommand, PagedCommand {
        static let configuration = CommandConfiguration(
            abstract: "List messages that were put aside.",
            discussion: """
                Examples:
                  soma dead-letters list
                  soma dead-letters list --all --json
                """
        )

        @OptionGroup(title: "Common options") var global: GlobalOptions
        @OptionGroup var kafka: KafkaArguments

        @Flag(help: "Those that were tried again, too.")
        var all = false

        func run() async throws {
            let options = try kafka.options(global)
            let letters = try await Kafka.withAdmin(options) { admin in
                let topics = try await admin.topics().filter { DeadLetter.isTopic($0.name) }
                return try await StoredLetter.read(topics, all: all, admin, options)
            }
            guard !global.json else {
                for letter in letters { Out.record(letter.json) }
                return
            }
            guard !letters.isEmpty else { return Out.line("Nothing is put aside.") }
            var table = TextTable(["WHEN", "PLACE", "KEY", "REASON"])
            table.rows = letters.map { stored in
                [
                    (LocalTime.day(stored.letter.at), .dim), (MessageText.place(stored.message), nil),
                    (stored.letter.key.map(MessageText.shown) ?? "-", nil), (stored.letter.reason, nil),
                ]
            }
            for line in table.lines(global.style) { Out.line(line) }
        }
    }

    /// `soma dead-letters show`.
    struct Show: AsyncParsableCommand, PagedCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one message that was put aside.",
            discussion: """
                Example:
                  soma dead-letters show tool.requests.dead-letters/0/17
                """
        )

        @OptionGroup(title: "Common options") var global: GlobalOptions
        @OptionGroup var kafka: KafkaArguments

        @Argument(help: "Its place, as list shows it.")
        var place: LetterPlace

        func run() async throws {
            let options = try kafka.options(global)
            let stored = try await Kafka.withAdmin(options) { admin in
                _ = try await Kafka.topic(place.partition.topic, admin, at: options)
                return try await StoredLetter.read(at: place, admin, options)
            }
            guard let found = stored else {
                throw CommandFailure(
                    .usage,
                    "No message that was put aside is at \(place.partition)/\(place.offset).",
                    hint: "See soma dead-letters list --all."
                )
            }
            guard !global.json else { return Out.json(found.json) }
            let letter = found.letter
            Out.line("put aside  \(LocalTime.day(letter.at))")
            Out.line("from       \(SafeText.line("\(letter.origin)/\(letter.offset)"))")
            Out.line("reason     \(SafeText.line(letter.reason))")
            Out.line("key        \(letter.key.map { SafeText.line(MessageText.shown($0)) } ?? "-")")
            for header in letter.headers {
                let value = header.value.map(MessageText.shown) ?? ""
                Out.line("header     \(SafeText.line("\(header.name): \(value)"))")
            }
            Out.line()
            guard let value = letter.value else {
                return Out.line(letter.isWithoutValue ? "(the value was too large to be kept)" : "(no value)")
            }
            for line in SafeText.lines(MessageText.shown(value)) { Out.line(line) }
        }
    }

    /// `soma dead-letters redrive`.
    struct Redrive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send messages that were put aside back to where they came from.",
            discussion: """
                Sends all of a topic that weren't sent back yet, each partition's in order,
                and notes that they were. One without its value stays: its transition is in
                the store.

                Examples:
                  soma dead-letters redrive tool.requests.dead-letters --dry-run
                  soma dead-letters redrive tool.requests.dead-letters
                """
        )

        @OptionGroup(title: "Common options") var global: GlobalOptions
        @OptionGroup var kafka: KafkaArguments

        @Argument(help: "A topic of messages that were put aside.")
        var topic: String

        @Flag(help: "Only say what would be sent.")
        var dryRun = false

        func run() async throws {
            let options = try kafka.options(global)
            let letters = try await Kafka.withAdmin(options) { admin in
                let found = try await Kafka.topic(topic, admin, at: options)
                return try await StoredLetter.read([found], all: false, admin, options)
            }
            let records = letters.compactMap(\.letter.redriven)
            if !dryRun, !letters.isEmpty {
                try await Kafka.withAdmin(options) { admin in
                    let producer = try await KafkaProducer.open(options)
                    try await producer.send(records)
                    await producer.close()
                    // Noted only now: what breaks off in between is sent again.
                    try await admin.commit(StoredLetter.group, letters.map(\.message))
                }
            }
            let kept = letters.count - records.count
            guard !global.json else {
                return Out.json([
                    "sent": .int(Int64(dryRun ? 0 : records.count)),
                    "found": .int(Int64(letters.count)), "without_value": .int(Int64(kept)),
                ])
            }
            Out.line("\(dryRun ? "Would send" : "Sent") \(records.count) back.")
            if kept > 0 { Out.note("\(kept) have no value and can't be sent: read them from the store.") }
        }
    }
}
