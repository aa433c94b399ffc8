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
                  soma dead-letters list --limit 20
                  soma dead-letters list --all --json
                """
        )

        @OptionGroup(title: "Common options") var global: GlobalOptions
        @OptionGroup var kafka: KafkaArguments

        @Flag(help: "Those that were tried again, too.")
        var all = false

        @Option(help: ArgumentHelp("At most so many, the first by place.", valueName: "count"))
        var limit: Int?

        func validate() throws {
            if let limit, limit < 1 { throw ValidationError("--limit: give a number from 1 on.") }
        }

        func run() async throws {
            let options = try kafka.options(global)
            let style = global.style
            var table = TextTable(["WHEN", "PLACE", "KEY", "REASON"])
            var count = 0
            try await Kafka.withAdmin(options) { admin in
                let topics = try await admin.topics().filter { DeadLetter.isTopic($0.name) }
                let letters = StoredLetters(options)
                try await letters.read(topics, all: all, admin) { batch in
                    for stored in batch.prefix(limit.map { $0 - count } ?? .max) {
                        count += 1
                        if global.json { Out.record(stored.json) } else { table.rows.append(stored.row) }
                    }
                    // However many letters there are, they are said as they come.
                    if table.rows.count >= StoredLetters.batch {
                        for line in table.page(style) { Out.line(line) }
                    }
                    return limit.map { count < $0 } ?? true
                }
            }
            guard !global.json else { return }
            guard count > 0 else { return Out.line("Nothing is put aside.") }
            for line in table.page(style) { Out.line(line) }
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
                return try await StoredLetters(options).read(at: place, admin)
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
            var redriving = Redriving()
            try await Kafka.withAdmin(options) { admin in
                let found = try await Kafka.topic(topic, admin, at: options)
                let letters = StoredLetters(options)
                guard !dryRun else {
                    return try await letters.read([found], all: false, admin) { batch in
                        redriving.take(batch)
                        return true
                    }
                }
                let producer = try await KafkaProducer.open(options)
                do {
                    try await letters.read([found], all: false, admin) { batch in
                        // Noted only once they are sent: what breaks off in between is sent again.
                        try await producer.send(batch.compactMap(\.letter.redriven))
                        redriving.take(batch)
                        if redriving.isNoteDue {
                            try await Self.note(redriving.noted(), admin)
                        }
                        return true
                    }
                } catch {
                    await producer.close()
                    // What was sent before isn't to be sent a second time.
                    try? await Self.note(redriving.noted(), admin)
                    throw error
                }
                await producer.close()
                try await Self.note(redriving.noted(), admin)
            }
            guard !global.json else {
                return Out.json([
                    "sent": .int(Int64(dryRun ? 0 : redriving.sendable)),
                    "found": .int(Int64(redriving.found)), "without_value": .int(Int64(redriving.kept)),
                ])
            }
            Out.line("\(dryRun ? "Would send" : "Sent") \(redriving.sendable) back.")
            if redriving.kept > 0 {
                Out.note("\(redriving.kept) have no value and can't be sent: read them from the store.")
            }
        }

        private static func note(_ letters: [BusMessage], _ admin: KafkaAdmin) async throws {
            if !letters.isEmpty { try await admin.commit(StoredLetters.group, letters) }
        }
    }
}
