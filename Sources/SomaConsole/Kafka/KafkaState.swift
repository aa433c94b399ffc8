package import SomaCore
package import SomaTerminal

/// What the console knows of a Kafka.
package struct KafkaFacts: Sendable {
    /// Whether there is a cluster to ask; otherwise the views say how to name one.
    package var isNamed = false
    package var cluster: KafkaCluster?
    /// Messages a second, by topic, between the last two looks.
    package private(set) var rates: [String: Double] = [:]
    /// Why the cluster can't be asked, and since when.
    package var lost: (reason: String, since: Timestamp)?
    /// What readings brought, by their numbers.
    package var logs: [Int: TopicLog] = [:]
    /// Why readings ended.
    package var ended: [Int: String] = [:]
    var isWatched = false
    var readingsBegun = 0
    /// What arranged views ask of the source; sent when everything is settled.
    var wishes: [KafkaRequest] = []

    package init() {}

    mutating func take(_ next: KafkaCluster) {
        if let cluster {
            let seconds = (next.at - cluster.at).seconds
            let before = Dictionary(cluster.topics.map { ($0.name, $0) }) { $1 }
            if seconds > 0.1 {
                rates = [:]
                for topic in next.topics {
                    guard let old = before[topic.name], let written = topic.written(since: old) else {
                        continue
                    }
                    rates[topic.name] = Double(written) / seconds
                }
            }
        }
        cluster = next
        lost = nil
    }

    /// Groups that read a topic.
    func groups(of topic: String) -> [KafkaCluster.Group] {
        cluster?.groups.filter { $0.lag[topic] != nil } ?? []
    }
}

/// What a person is doing among the topics.
package struct KafkaState: Sendable {
    /// What is listed.
    package enum Part: Sendable, Hashable { case topics, groups }

    package var part = Part.topics
    package var list = ListState(selected: 0)
    /// The selected topic or group.
    package var selected: String?
    package var filter = ""
    /// Whether Kafka's own topics are listed as well.
    package var showsInternal = false
    /// The names in the order of the list.
    var names: [String] = []

    package init() {}
}

/// What happens among the topics.
package enum KafkaMessage: Sendable, Hashable {
    case moved(ListMove)
    case selected(Int)
    case opened
    case partToggled
    case internalToggled
}

/// What a person is doing in a topic.
package struct TopicState: Sendable {
    package var topic = ""
    package var start = TopicStart.last(100)
    /// The filter as it is typed, and as it was last understood.
    package var filter = ""
    package var typed = TopicFilter.all
    package var trouble: FilterError?
    /// What is being read; another one takes its place when the start or the filter changes.
    package var reading: TopicReading?
    package var list = ListState(selected: nil)
    /// The selected message's place in the log.
    package var selected: Int?
    package var isFollowing = true
    package var isPaused = false
    /// The first place that had not arrived when following ended.
    package var unseenFrom = 0
    package var hasDetail = false
    package var detailTop = 0
    var detail = TopicDetail()
    /// The message that was selected when the filter changed, until the new reading has brought it.
    var sought: TopicRecord.Place?
    /// How far it was looked for.
    var soughtUpTo = 0
    /// What the selection was last set by, where the time cursor sets it.
    var cursor: TopicCursor?
    /// Messages that the person wants to find again.
    package var bookmarks: Set<TopicRecord.Place> = []

    package init() {}
}

/// The time cursor, as a topic follows it.
package struct TopicCursor: Sendable, Hashable {
    /// Where it was.
    var at: Timestamp
    /// How many messages had been looked at.
    var read: Int
    /// Whether the topic is to follow again once the cursor is gone.
    var wasFollowing: Bool
    /// Whether the person has chosen another message since.
    var isLeft = false
}

/// What happens in a topic.
package enum TopicMessage: Sendable, Hashable {
    case moved(ListMove)
    case selected(Int)
    case followToggled
    case pauseToggled
    case detailToggled
    case detailScrolled(Int)
    case foldsToggled
    case bookmarkToggled
    case bookmarkSought(forwards: Bool)
    case runOpened
    case momentSought
    /// The trace that the message belongs to.
    case traceOpened
    /// Reading begins somewhere else.
    case began(TopicStart)
    /// The person is asked where.
    case startAsked
}
