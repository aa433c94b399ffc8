package import SomaCore

/// Where the Kafka views get what they show: any cluster, looked at without a group, so that nobody notices.
package protocol KafkaSource: Sendable {
    /// What it tells, until it is closed; one reader.
    var news: AsyncStream<KafkaNews> { get }
    /// Asks something. Never waits.
    func send(_ request: KafkaRequest)
    /// Ends all reading, and the news.
    func close()
}

/// What a Kafka source tells.
package enum KafkaNews: Sendable {
    /// What the cluster holds.
    case cluster(KafkaCluster)
    /// The cluster can't be asked; the reason says what to do. It is tried again.
    case lost(String)
    /// What a reading brought.
    case batch(Int, TopicBatch)
    /// A reading can't go on: its topic is gone, or the place can't be found.
    case ended(Int, String)
    /// What became of an export.
    case exported(Notice)
}

/// What the console wants of a Kafka source.
package enum KafkaRequest: Sendable, Hashable {
    /// The cluster is in sight, or no longer: it is asked now and then while it is.
    case watch(Bool)
    case read(TopicReading)
    /// The reading waits, or goes on where it was: nothing is lost.
    case pause(Int, Bool)
    case stop(Int)
    /// Messages are written into a new file, a line of JSON each.
    case export(String, topic: String, [TopicRecord])
}

/// A reading of a topic.
package struct TopicReading: Sendable, Hashable {
    /// Its own number: what an earlier one still tells is nobody's concern.
    package var number: Int
    package var topic: String
    package var start: TopicStart
    package var filter: TopicFilter

    package init(number: Int, topic: String, start: TopicStart, filter: TopicFilter) {
        self.number = number
        self.topic = topic
        self.start = start
        self.filter = filter
    }
}

/// Where a reading begins.
package enum TopicStart: Sendable, Hashable {
    case beginning, end
    /// So many messages before the end of each partition.
    case last(Int)
    /// An offset of every partition.
    case offset(Int64)
    case moment(Timestamp)
    /// Offsets by partition; those that aren't named begin at their end.
    case offsets([Int32: Int64])

    /// Reads what a person types: `beginning`, `end`, `-100`, `@5000`, or a time.
    package init?(_ text: String, now: Timestamp, clock: ClockFace) {
        switch text {
        case "beginning", "start": self = .beginning
        case "end", "now": self = .end
        default:
            if text.hasPrefix("-"), let count = Int(text.dropFirst()), count > 0 {
                self = .last(count)
            } else if text.hasPrefix("@"), let offset = Int64(text.dropFirst()), offset >= 0 {
                self = .offset(offset)
            } else if let ago = Self.length(text) {
                self = .moment(Timestamp(microseconds: now.microseconds - ago))
            } else if case .moment(let moment)? = TimeTarget(text, near: now, clock: clock) {
                self = .moment(moment)
            } else {
                return nil
            }
        }
    }

    package static let forms = "beginning, end, -100, @5000, 10m, 14:02:11 or 2026-01-31T14:00:00Z"

    /// `90s`, `10m`, `2h`, `3d` in microseconds.
    private static func length(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count >= 0
        else {
            return nil
        }
        let (seconds, isTooMuch) = count.multipliedReportingOverflow(by: unit)
        return isTooMuch || seconds > 4_000_000_000 ? nil : seconds * 1_000_000
    }
}

/// What a cluster holds at a moment.
package struct KafkaCluster: Sendable, Hashable {
    package struct Topic: Sendable, Hashable {
        package var name: String
        /// The offsets that each partition holds; empty for one that no broker answers for.
        package var partitions: [Int32: Range<Int64>]
        /// Partitions without a leader.
        package var leaderless: Int

        package init(name: String, partitions: [Int32: Range<Int64>], leaderless: Int = 0) {
            self.name = name
            self.partitions = partitions
            self.leaderless = leaderless
        }

        /// How many messages are kept; with compaction or transactions at most.
        package var messages: Int64 { partitions.values.reduce(0) { $0 + Int64($1.count) } }
        /// How many were written since an earlier look, as far as partitions were answered for at both; `nil` where one has
        /// fewer than before: then it is another topic of the same name.
        func written(since old: Topic) -> Int64? {
            var sum: Int64 = 0
            for (number, range) in partitions {
                guard let before = old.partitions[number] else { continue }
                guard range.upperBound >= before.upperBound else { return nil }
                sum += range.upperBound - before.upperBound
            }
            return sum
        }
        package var isInternal: Bool { name.hasPrefix("__") }
    }

    package struct Group: Sendable, Hashable {
        package var name: String
        package var state: String
        package var members: Int
        /// Messages before it, by topic.
        package var lag: [String: Int64]
        /// Why it isn't known how far it is behind.
        package var trouble: String?

        package init(
            name: String,
            state: String,
            members: Int,
            lag: [String: Int64],
            trouble: String? = nil
        ) {
            self.name = name
            self.state = state
            self.members = members
            self.lag = lag
            self.trouble = trouble
        }
    }

    package var at: Timestamp
    package var address: String
    package var topics: [Topic]
    package var groups: [Group]

    package init(at: Timestamp, address: String, topics: [Topic], groups: [Group]) {
        self.at = at
        self.address = address
        self.topics = topics
        self.groups = groups
    }
}
