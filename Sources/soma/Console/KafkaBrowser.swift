import SomaConsole
import SomaCore
import SomaEngine
import SomaKafka
import SomaSettings
import Synchronization

/// Looks at a Kafka for the console: its topics and groups now and then, and the messages of topics in sight.
///
/// It reads without a group and commits nothing. What a reading finds is gathered for a twentieth of a second, so that a
/// flood costs the console as little as a trickle.
final class KafkaBrowser: KafkaSource {
    /// How often a cluster in sight is looked at, and how soon again after that failed.
    private static let watchInterval = Duration.seconds(2)
    /// How long a question may take: brokers that take connections and say nothing are told of within five seconds.
    private static let requestLimit = Duration.seconds(4)
    private static let gatherTime = Duration.milliseconds(50)
    /// How soon after one batch the next may follow.
    private static let restTime = Duration.milliseconds(10)
    /// How many messages are taken out of librdkafka at a time.
    private static let takenMax = 2_000
    /// How many groups are asked at once, and how long one may take: one that doesn't answer holds up no other.
    private static let groupsAtOnce = 16
    private static let groupLimit = Duration.seconds(2)
    /// How much may wait for the console before reading waits for it, too: so many news, and so many bytes of messages in each.
    private static let untoldMax = 8
    private static let gatheredBytesMax = 4 << 20

    let news: AsyncStream<KafkaNews>
    private let teller: AsyncStream<KafkaNews>.Continuation
    private let options: KafkaOptions
    private let state = Mutex(State())

    private struct State {
        var watching: Task<Void, Never>?
        var readings: [Int: (task: Task<Void, Never>, gate: Gate)] = [:]
        var isClosed = false
    }

    init(_ options: KafkaOptions) {
        var options = options
        options.requestTimeout = min(options.requestTimeout, Self.requestLimit)
        self.options = options
        (news, teller) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.untoldMax))
    }

    func send(_ request: KafkaRequest) {
        switch request {
        case .watch(let isOn): watch(isOn)
        case .read(let reading): begin(reading)
        case .pause(let number, let isPaused):
            state.withLock { $0.readings[number]?.gate.set(open: !isPaused) }
        case .stop(let number):
            let reading = state.withLock { $0.readings.removeValue(forKey: number) }
            reading?.task.cancel()
            reading?.gate.set(open: true)
        case .export(let path, let topic, let records): export(records, of: topic, to: path)
        }
    }

    func close() {
        let (watching, readings) = state.withLock { state in
            state.isClosed = true
            defer { (state.watching, state.readings) = (nil, [:]) }
            return (state.watching, Array(state.readings.values))
        }
        watching?.cancel()
        for reading in readings {
            reading.task.cancel()
            reading.gate.set(open: true)
        }
        teller.finish()
    }

    /// Tells something once there is room for it: nothing is lost because the console is busy.
    private func tell(_ news: KafkaNews) async {
        while case .dropped = teller.yield(news), !Task.isCancelled {
            try? await Task.sleep(for: Self.restTime)
        }
    }

    // MARK: The cluster

    private func watch(_ isOn: Bool) {
        state.withLock { state in
            state.watching?.cancel()
            state.watching = isOn && !state.isClosed ? Task { await look() } : nil
        }
    }

    private func look() async {
        var admin: KafkaAdmin?
        while !Task.isCancelled {
            do throws(BusError) {
                let open: KafkaAdmin
                if let admin { open = admin } else { open = try await KafkaAdmin.open(options) }
                admin = open
                await tell(.cluster(try await cluster(open)))
            } catch {
                if !Task.isCancelled { await tell(.lost(Self.words(error))) }
            }
            try? await Task.sleep(for: Self.watchInterval)
        }
        await admin?.close()
    }

    private func cluster(_ admin: KafkaAdmin) async throws(BusError) -> KafkaCluster {
        let found = try await admin.topics()
        let spans = try await admin.ranges(of: found.flatMap(\.led))
        var topics: [KafkaCluster.Topic] = []
        for topic in found {
            var ranges: [Int32: Range<Int64>] = [:]
            for partition in topic.partitions {
                guard let span = spans[partition] else { continue }
                ranges[partition.number] = span.low..<max(span.low, span.high)
            }
            topics.append(
                .init(
                    name: topic.name,
                    partitions: ranges,
                    leaderless: topic.parts.count { $0.leader < 0 }
                )
            )
        }
        let spansByTopic = Dictionary(grouping: spans, by: \.key.topic)
        let groups = try await admin.groups().mapped(atOnce: Self.groupsAtOnce) { group in
            await Self.describe(group, spansByTopic, admin)
        }
        return KafkaCluster(at: Now.timestamp, address: options.address, topics: topics, groups: groups)
    }

    /// A group with how far it is behind. One that can't be asked is listed all the same, with the reason.
    private static func describe(
        _ group: KafkaGroup,
        _ spans: [String: [(key: BusPartition, value: KafkaRange)]],
        _ admin: KafkaAdmin
    ) async -> KafkaCluster.Group {
        var described = KafkaCluster.Group(
            name: group.name,
            state: group.state,
            members: group.members,
            lag: [:],
            trouble: group.problem.map { "Not known: \($0)." }
        )
        guard group.problem == nil else { return described }
        do throws(BusError) {
            let committed = try await admin.committed(group.name, within: groupLimit)
            for topic in Set(committed.keys.map(\.topic)) {
                for (partition, span) in spans[topic] ?? [] {
                    described.lag[topic, default: 0] += span.lag(committed[partition])
                }
            }
        } catch {
            // Which group it is says the row; what was answered stands behind the address.
            let reason = error.message.ranges(of: "): ").last.map { error.message[$0.upperBound...] }
            described.trouble = "Not known: \(reason ?? error.message[...])"
        }
        return described
    }

    // MARK: Readings

    private func begin(_ reading: TopicReading) {
        state.withLock { state in
            guard !state.isClosed else { return }
            let gate = Gate()
            state.readings[reading.number] = (Task { await read(reading, gate) }, gate)
        }
    }

    /// Reads until nobody wants it any more. Where no broker answers it is tried again: whatever is away comes back.
    private func read(_ reading: TopicReading, _ gate: Gate) async {
        while !Task.isCancelled {
            do throws(BusError) {
                return try await follow(reading, gate)
            } catch {
                guard !Task.isCancelled else { return }
                guard error.kind == .unavailable else {
                    return await tell(.ended(reading.number, Self.words(error)))
                }
                await tell(.lost(Self.words(error)))
            }
            try? await Task.sleep(for: Self.watchInterval)
        }
    }

    private func follow(_ reading: TopicReading, _ gate: Gate) async throws(BusError) {
        let admin = try await KafkaAdmin.open(options)
        let offsets: [BusPartition: Int64]
        let ends: [BusPartition: Int64]
        do throws(BusError) {
            let found = try await admin.topics(reading.topic)
            guard !found.isEmpty else {
                await admin.close()
                await tell(.ended(reading.number, "Kafka has no topic \(reading.topic)."))
                return
            }
            let spans = try await admin.ranges(of: found.flatMap(\.led))
            guard !spans.isEmpty else {
                await admin.close()
                await tell(
                    .ended(
                        reading.number,
                        "No partition of \(reading.topic) can be read: none has a leader that answers."
                    )
                )
                return
            }
            ends = spans.mapValues(\.high)
            offsets = try await begin(reading.start, spans, admin)
        } catch {
            await admin.close()
            throw error
        }
        await admin.close()
        var first = TopicBatch()
        first.begin = Dictionary(offsets.map { ($0.key.number, $0.value) }) { $1 }
        first.behind = Self.behind(offsets, ends)
        await tell(.batch(reading.number, first))
        let consumer = try await KafkaConsumer.open(options, from: offsets)
        do throws(BusError) {
            try await follow(consumer, reading, gate, offsets, ends)
        } catch {
            await consumer.close()
            throw error
        }
        await consumer.close()
    }

    private static func words(_ error: BusError) -> String {
        [error.message, error.hint].compactMap(\.self).joined(separator: " ")
    }

    private func begin(
        _ start: TopicStart,
        _ spans: [BusPartition: KafkaRange],
        _ admin: KafkaAdmin
    ) async throws(BusError) -> [BusPartition: Int64] {
        switch start {
        case .beginning: return spans.mapValues(\.low)
        case .end: return spans.mapValues(\.high)
        case .last(let count): return spans.mapValues { max($0.low, $0.high - Int64(count)) }
        case .offset(let offset): return spans.mapValues { min(max(offset, $0.low), $0.high) }
        case .moment(let moment): return try await admin.offsets(of: spans.keys.sorted(), at: moment)
        case .offsets(let begin):
            return Dictionary(
                uniqueKeysWithValues: spans.map { partition, span in
                    (
                        partition,
                        begin[partition.number].map { min(max($0, span.low), span.high) } ?? span.high
                    )
                }
            )
        }
    }

    private func follow(
        _ consumer: KafkaConsumer,
        _ reading: TopicReading,
        _ gate: Gate,
        _ offsets: [BusPartition: Int64],
        _ ends: [BusPartition: Int64]
    ) async throws(BusError) {
        var matcher = TopicMatcher(reading.filter)
        let gathered = Gathering(reading.number, teller)
        var (places, ends) = (offsets, ends)
        var behind = Self.behind(places, ends)
        var told = ContinuousClock.now
        while !Task.isCancelled {
            await gate.pass()
            let read = try await consumer.read(max: Self.takenMax)
            let messages = read.messages
            var batch = TopicBatch()
            for (index, message) in messages.enumerated() {
                // The last of each partition's in a row says how far it is.
                if index + 1 == messages.count || messages[index + 1].partition != message.partition {
                    places[message.partition] = message.offset.addingClamped(1)
                }
                let record = TopicRecord(message)
                batch.bytes += (message.key?.count ?? 0) + (message.value?.count ?? 0)
                if matcher.matches(record) { batch.records.append(record) }
            }
            batch.read = messages.count
            // Whatever the last offsets hold, nothing is to come from before here.
            for partition in read.ends.keys { ends[partition] = places[partition] }
            let left = Self.behind(places, ends)
            if left != behind { (batch.behind, behind) = (left, left) }
            guard !batch.isEmpty else { continue }
            let isMuch = gathered.add(batch) >= Self.gatheredBytesMax
            // What comes alone is told at once, and of a flood what a frame's time brought.
            let passed = ContinuousClock.now - told
            guard isMuch || passed >= Self.gatherTime || messages.count < Self.takenMax else {
                gathered.tellLater(Self.gatherTime)
                continue
            }
            if passed < Self.restTime { try? await Task.sleep(for: Self.restTime - passed) }
            // Where the console is busy, reading waits for it: nothing is left out.
            while !gathered.tell(), !Task.isCancelled { try? await Task.sleep(for: Self.restTime) }
            told = ContinuousClock.now
        }
    }

    /// How many messages are left up to where the topic ended when the reading began.
    private static func behind(_ places: [BusPartition: Int64], _ ends: [BusPartition: Int64]) -> Int {
        ends.reduce(0) { $0 + Int(max(0, $1.value - (places[$1.key] ?? $1.value))) }
    }

    // MARK: Files

    private func export(_ records: [TopicRecord], of topic: String, to path: String) {
        Task.detached { [self] in
            let lines = records.map { MessageText.json(BusMessage($0, of: topic)).text() }
            let problem = ScreenFile.write(
                lines.joined(separator: "\n"),
                to: path,
                replaces: false,
                home: Environment.all["HOME"]
            )
            let count = records.count == 1 ? "1 message is" : "\(records.count) messages are"
            let notice = problem.map { Notice($0, .bad) } ?? Notice("\(count) in \(path).", .good)
            await tell(.exported(notice))
        }
    }
}

/// What a reading has found and not told yet.
private final class Gathering: Sendable {
    private let number: Int
    private let teller: AsyncStream<KafkaNews>.Continuation
    private let state = Mutex<(batch: TopicBatch, isDue: Bool)>((TopicBatch(), false))

    init(_ number: Int, _ teller: AsyncStream<KafkaNews>.Continuation) {
        self.number = number
        self.teller = teller
    }

    /// - Returns: How many bytes the messages of it have that were looked at.
    func add(_ more: TopicBatch) -> Int {
        state.withLock { state in
            state.batch.add(more)
            return state.batch.bytes
        }
    }

    /// Tells what there is.
    /// - Returns: Whether there was room for it.
    func tell() -> Bool {
        state.withLock { state in
            guard !state.batch.isEmpty else { return true }
            var batch = state.batch
            batch.mergeByTime()
            if case .dropped = teller.yield(.batch(number, batch)) { return false }
            state.batch = TopicBatch()
            return true
        }
    }

    /// Tells what there is after a while, whatever comes: the next message may be a long time coming.
    func tellLater(_ wait: Duration) {
        let isNew = state.withLock { state in
            defer { state.isDue = true }
            return !state.isDue
        }
        guard isNew else { return }
        Task { [self] in
            try? await Task.sleep(for: wait)
            state.withLock { $0.isDue = false }
            if !tell() { tellLater(wait) }
        }
    }
}

/// Lets a reading pass while it is open.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiter: CheckedContinuation<Void, Never>?)>((true, nil))

    func set(open: Bool) {
        let waiter = state.withLock { state in
            state.isOpen = open
            guard open else { return CheckedContinuation<Void, Never>?.none }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiter = continuation }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

extension TopicRecord {
    init(_ message: BusMessage) {
        self.init(
            Place(message.partition.number, message.offset),
            at: message.timestamp,
            key: message.key,
            value: message.value,
            headers: message.headers.map { Header($0.name, $0.value) }
        )
    }
}

extension BusMessage {
    init(_ record: TopicRecord, of topic: String) {
        self.init(
            partition: BusPartition(topic: topic, number: record.place.partition),
            offset: record.place.offset,
            key: record.key,
            value: record.value,
            headers: record.headers.map { BusHeader($0.name, $0.value) },
            timestamp: record.at
        )
    }
}
