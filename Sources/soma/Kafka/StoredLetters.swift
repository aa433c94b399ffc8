import SomaCore
import SomaEngine
import SomaKafka

/// A letter where it lies.
struct StoredLetter {
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

    /// When, where, its key, and why.
    var row: [(text: String, tint: OutputStyle.Tint?)] {
        [
            (LocalTime.day(letter.at), .dim), (MessageText.place(message), nil),
            (letter.key.map(MessageText.shown) ?? "-", nil), (letter.reason, nil),
        ]
    }
}

/// The letters of topics, read some at a time: however many there are, few are held.
struct StoredLetters {
    /// The group that notes which letters were sent on.
    static let group = "soma-dead-letters"
    /// How many letters are held at most.
    static let batch = 500

    private let options: KafkaOptions

    init(_ options: KafkaOptions) { self.options = options }

    /// Reads the letters of topics that weren't sent on yet, or all that are kept; by topic, partition and offset.
    ///
    /// - Parameter body: Is given them in turn; says whether it wants more.
    func read(
        _ topics: [KafkaTopic],
        all: Bool,
        _ admin: KafkaAdmin,
        _ body: ([StoredLetter]) async throws -> Bool
    ) async throws {
        let ranges = try await admin.ranges(of: topics.flatMap(\.led))
        let done = all ? [:] : try await admin.committed(Self.group)
        let starts = ranges.reduce(into: [BusPartition: Int64]()) { starts, entry in
            starts[entry.key] = min(max(done[entry.key] ?? 0, entry.value.low), entry.value.high)
        }
        let ends = ranges.mapValues(\.high)
        for group in Self.groups(from: starts, to: ends) {
            let some = starts.filter { group.contains($0.key) }
            guard try await read(from: some, to: ends, body) else { return }
        }
    }

    /// The letter at a place, without reading all that lie around it; `nil` where there is none.
    func read(at place: LetterPlace, _ admin: KafkaAdmin) async throws -> StoredLetter? {
        let range = try await admin.ranges(of: [place.partition])[place.partition]
        guard let range, (range.low..<range.high).contains(place.offset) else { return nil }
        var found: StoredLetter?
        let (start, end) = ([place.partition: place.offset], [place.partition: place.offset + 1])
        _ = try await read(from: start, to: end) { batch in
            found = batch.first
            return false
        }
        return found
    }

    /// Which partitions are read together: in order, and no more than a batch holds, or one alone.
    static func groups(
        from starts: [BusPartition: Int64],
        to ends: [BusPartition: Int64]
    ) -> [[BusPartition]] {
        var groups: [[BusPartition]] = []
        var room: Int64 = 0
        for (partition, start) in starts.sorted(by: { $0.key < $1.key }) {
            let count = (ends[partition] ?? 0) - start
            guard count > 0 else { continue }
            if count > room {
                groups.append([])
                room = Int64(batch)
            }
            groups[groups.count - 1].append(partition)
            room -= min(room, count)
        }
        return groups
    }

    /// - Returns: Whether more is wanted.
    private func read(
        from starts: [BusPartition: Int64],
        to ends: [BusPartition: Int64],
        _ body: ([StoredLetter]) async throws -> Bool
    ) async throws -> Bool {
        let reader = try await KafkaConsumer.open(options, from: starts)
        do {
            let wantsMore = try await read(TopicRemainder(from: starts, to: ends), with: reader, body)
            await reader.close()
            return wantsMore
        } catch {
            await reader.close()
            throw error
        }
    }

    private func read(
        _ remainder: TopicRemainder,
        with reader: KafkaConsumer,
        _ body: ([StoredLetter]) async throws -> Bool
    ) async throws -> Bool {
        // One partition comes in order; of several all must be there to be put in order.
        let isOne = remainder.count == 1
        var rest = remainder
        var letters: [StoredLetter] = []
        while !rest.isEmpty {
            for message in rest.take(try await reader.read(max: Self.batch)) {
                guard let letter = DeadLetter(stored: message) else { continue }
                letters.append(StoredLetter(message: message, letter: letter))
            }
            guard isOne || rest.isEmpty, !letters.isEmpty else { continue }
            letters.sort {
                ($0.message.partition, $0.message.offset) < ($1.message.partition, $1.message.offset)
            }
            guard try await body(letters) else { return false }
            letters = []
        }
        return true
    }
}
