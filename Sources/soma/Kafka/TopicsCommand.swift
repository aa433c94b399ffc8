import ArgumentParser
import SomaCore
import SomaEngine
import SomaKafka
import SomaSettings
import SomaTerminal

/// `soma topics`: what a Kafka holds.
struct TopicsCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "List the topics of a Kafka.",
        discussion: """
            Asks any Kafka. Topics that Kafka keeps for itself are shown with --all.

            Examples:
              soma topics                          of kafka.brokers
              soma topics --brokers kafka:9092     of another one
              soma topics --group billing          and what a group has before it
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions
    @OptionGroup var kafka: KafkaArguments

    @Flag(help: "Kafka's own topics, too.")
    var all = false

    @Option(help: ArgumentHelp("Count what this consumer group hasn't committed.", valueName: "group"))
    var group: String?

    func run() async throws {
        let options = try kafka.options(global)
        let (rows, groups) = try await Kafka.withAdmin(options) { admin in
            let topics = try await admin.topics().filter { all || !$0.isInternal }
            let ranges = try await admin.ranges(of: topics.flatMap(\.led))
            var committed: [BusPartition: Int64]?
            if let group { committed = try await admin.committed(group) }
            // A group that has committed nothing may be one that isn't there: its name was mistyped.
            let groups = committed?.isEmpty == true ? try await admin.groups().map(\.name) : nil
            let rows = topics.map { topic in
                var row = Row(topic: topic, messages: 0, lag: group == nil ? nil : 0)
                for partition in topic.led {
                    guard let range = ranges[partition] else { continue }
                    row.messages += range.high - range.low
                    if let committed { row.lag? += range.lag(committed[partition]) }
                }
                return row
            }
            return (rows, groups)
        }
        if let group, let groups { Out.note(Self.silence(of: group, among: groups)) }
        guard !global.json else { return Out.json(.array(rows.map(\.json))) }
        guard !rows.isEmpty else { return Out.line("No topics at \(options.address).") }
        var table = TextTable(
            ["TOPIC", "PARTITIONS", "COPIES", "MESSAGES"] + (group == nil ? [] : ["LAG"]) + [""],
            rightAligned: [1, 2, 3, 4]
        )
        if group == nil { table.rightAligned.remove(4) }
        table.rows = rows.map(\.cells)
        for line in table.lines(global.style) { Out.line(line) }
    }

    /// What is said of a group that has committed nothing, given the names of all groups.
    static func silence(of group: String, among groups: [String]) -> String {
        let name = SafeText.line(group)
        guard !groups.contains(group) else {
            return "The group \(name) has committed nothing yet: it has everything before it."
        }
        let near = NearestName.of(group, among: groups).map { " Did you mean \(SafeText.line($0))?" } ?? ""
        return "There is no group \(name).\(near) One of that name would have everything before it."
    }

    private struct Row {
        let topic: KafkaTopic
        var messages: Int64
        var lag: Int64?

        /// What is not as it should be.
        var trouble: String {
            let leaderless = topic.parts.filter { $0.leader < 0 }.count
            let behind = topic.parts.filter { $0.inSync.count < $0.replicas.count }.count
            if leaderless > 0 { return "\(leaderless) without a leader" }
            return behind > 0 ? "\(behind) not in sync" : ""
        }

        private var copies: Int { topic.parts.map(\.replicas.count).min() ?? 0 }

        var cells: [(text: String, tint: OutputStyle.Tint?)] {
            var cells: [(text: String, tint: OutputStyle.Tint?)] = [
                (topic.name, nil), ("\(topic.parts.count)", nil), ("\(copies)", nil), ("\(messages)", nil),
            ]
            if let lag { cells.append(("\(lag)", lag > 0 ? .attention : nil)) }
            cells.append((trouble, .bad))
            return cells
        }

        var json: JSON {
            var object: JSONObject = [
                "topic": .string(topic.name), "partitions": .int(Int64(topic.parts.count)),
                "copies": .int(Int64(copies)), "messages": .int(messages),
                "without_leader": .int(Int64(topic.parts.filter { $0.leader < 0 }.count)),
                "not_in_sync": .int(Int64(topic.parts.filter { $0.inSync.count < $0.replicas.count }.count)),
            ]
            if let lag { object["lag"] = .int(lag) }
            return .object(object)
        }
    }
}
