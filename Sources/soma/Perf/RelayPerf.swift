import ArgumentParser
import SomaCore
import SomaEngine
import SomaKafka
import SomaPostgres
import Synchronization

/// `soma perf relay`.
struct PerfRelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Transitions a second from Postgres to Kafka, beside a bare producer.",
        discussion: """
            Writes to the relay's topics: give it a Kafka of its own.

            Example:
              soma perf relay --store postgres://localhost/x --brokers localhost:9092
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions
    @OptionGroup var kafka: KafkaArguments

    @Option(
        help: ArgumentHelp(
            "postgres://…, beside whose database another is made and removed.",
            valueName: "store"
        )
    )
    var store: String

    @Option(help: "How many transitions.")
    var transitions = 100_000

    @Option(help: "Of how many runs.")
    var runs = 100

    @Option(help: "About how many bytes each.")
    var bytes = 400

    @Option(help: "How often each side is measured.")
    var rounds = 3

    @Option(help: "For how long delays are measured, in seconds.")
    var seconds = 10

    func run() async throws {
        guard store.hasPrefix("postgres"), transitions > 0, runs > 0, bytes >= 0, rounds > 0, seconds > 0
        else {
            throw CommandFailure(.usage, "Give --store postgres://… and numbers above 0.")
        }
        let options = try kafka.options(global)
        let scratch = try await PostgresScratch.make(store, name: "soma_perf_relay")
        let result: Result<JSON, any Error>
        do {
            result = .success(try await Kafka.asking { try await measure(scratch, options) })
        } catch { result = .failure(error) }
        try await scratch.remove()
        Out.json(try result.get())
    }

    private func measure(_ scratch: PostgresScratch, _ options: KafkaOptions) async throws -> JSON {
        try await Kafka.withAdmin(options) { admin in
            try await admin.ensure([RelayParcel.topic], KafkaAdmin.NewTopics(partitions: 12))
        }
        var storing = PostgresStoreOptions()
        storing.use = .open
        let store = try await PostgresStore.open(scratch.connections, options: storing)
        var writer = RelayPerfWriter(runs: runs, bytes: bytes)
        var count = 0
        var (written, relayed, bare): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<rounds {
            var records: [BusRecord] = []
            let began = ContinuousClock.now
            while records.count < transitions {
                records += try await store.append(writer.groups(2)).map { BusRecord($0) }
            }
            written.append(Double(records.count) / ((ContinuousClock.now - began) / .seconds(1)))
            count += records.count
            let meter = RelayMeter(of: records.count)
            try await Self.relaying(store, options, meter) {
                while meter.count < records.count { try await Task.sleep(for: .milliseconds(1)) }
            }
            relayed.append(meter.rate)
            let time = try await KafkaRawLoop.run(options, records: records)
            bare.append(Double(records.count) / (time / .seconds(1)))
        }
        let rate = Self.median(relayed)
        /// Sends as many as are due by way of the store.
        func throughStore(
            _ body: (() async throws -> ([[UInt8]], ContinuousClock.Instant)) async throws -> Int
        )
            async throws
        {
            let bell = Bell()
            let state = Mutex(writer)
            let meter = RelayMeter(bell: bell)
            try await Self.relaying(store, options, meter) {
                let sent = try await body {
                    let stored = try await store.append(state.withLock { $0.groups(2) })
                    bell.ring()
                    return (stored.map(\.bytes), .now)
                }
                while meter.count < sent { try await Task.sleep(for: .milliseconds(5)) }
            }
            writer = state.withLock { $0 }
        }
        // What commits, relay, broker and consumer carry together on this machine, and then half of it.
        let full = try await Self.delays(options, seconds: seconds, perSecond: .infinity, throughStore)
        let capacity = Double(full.delays.count) / (full.took / .seconds(1))
        let delays = try await Self.delays(options, seconds: seconds, perSecond: capacity / 2, throughStore)
            .delays
        // The same without Postgres and without the relay: what is left is the broker's and the clients'.
        let bareDelays = try await Self.delays(options, seconds: seconds, perSecond: capacity / 2) { body in
            let producer = try await KafkaProducer.open(options, deliveryTimeout: nil)
            let state = Mutex(writer)
            _ = try await body {
                let records = state.withLock { $0.groups(2) }.flatMap(\.transitions).map { transition in
                    BusRecord(
                        StoredTransition(
                            position: Position(0),
                            transition: transition,
                            bytes: transition.cloudEvent()
                        )
                    )
                }
                let start = ContinuousClock.now
                try await producer.send(records)
                return (records.compactMap(\.value), start)
            }
            await producer.close()
        }.delays
        await store.close()
        return [
            "transitions": .int(Int64(count)),
            "written_per_second": .double(Self.median(written).rounded()),
            "transitions_per_second": .double(rate.rounded()),
            "bare_per_second": .double(Self.median(bare).rounded()),
            "ratio": .double((rate / Self.median(bare) * 1000).rounded() / 1000),
            "whole_per_second": .double(capacity.rounded()),
            "half_load_per_second": .double((Double(delays.count) / Double(seconds)).rounded()),
            "delay_p50_ms": .double(Self.milliseconds(delays, 0.5)),
            "delay_p95_ms": .double(Self.milliseconds(delays, 0.95)),
            "delay_p99_ms": .double(Self.milliseconds(delays, 0.99)),
            "bare_delay_p50_ms": .double(Self.milliseconds(bareDelays, 0.5)),
            "bare_delay_p95_ms": .double(Self.milliseconds(bareDelays, 0.95)),
            "bare_delay_p99_ms": .double(Self.milliseconds(bareDelays, 0.99)),
        ]
    }

    /// How long messages take to a consumer, while so many are sent a second.
    ///
    /// - Parameter sending: Is given what sends as many as are due, by a function that sends some and returns their bytes and
    ///   from when on they count; it returns how many there were.
    /// - Returns: The delays, and how long it was until the last was sent.
    private static func delays(
        _ options: KafkaOptions,
        seconds: Int,
        perSecond rate: Double,
        _ sending: ((() async throws -> ([[UInt8]], ContinuousClock.Instant)) async throws -> Int)
            async throws -> Void
    ) async throws -> (delays: [Duration], took: Duration) {
        let ends = try await Kafka.withAdmin(options) { admin in
            try await admin.ranges(of: try await admin.topics(RelayParcel.topic).flatMap(\.partitions))
        }
        let consumer = try await KafkaConsumer.open(options, from: ends.mapValues(\.high))
        let arrivals = Task {
            var arrivals: [([UInt8], ContinuousClock.Instant)] = []
            while case let batch = try await consumer.next(max: 1_000), !batch.isEmpty {
                let now = ContinuousClock.now
                for message in batch { arrivals.append((message.value ?? [], now)) }
            }
            return arrivals
        }
        var times: [[UInt8]: ContinuousClock.Instant] = [:]
        let start = ContinuousClock.now
        try await sending { send in
            while ContinuousClock.now - start < .seconds(seconds) {
                let due = rate * ((ContinuousClock.now - start) / .seconds(1))
                guard Double(times.count) < due else {
                    try await Task.sleep(for: .milliseconds(1))
                    continue
                }
                let (sent, at) = try await send()
                for bytes in sent { times[bytes] = at }
            }
            return times.count
        }
        let took = ContinuousClock.now - start
        // What the broker has and the consumer hasn't.
        try await Task.sleep(for: .seconds(2))
        await consumer.close()
        let delays = try await arrivals.value.compactMap { bytes, at in
            times[bytes].map { max(at - $0, .zero) }
        }
        return (delays, took)
    }

    private static func relaying(
        _ store: PostgresStore,
        _ options: KafkaOptions,
        _ meter: RelayMeter,
        _ body: () async throws -> Void
    ) async throws {
        let relay = Relay(
            desk: store,
            observer: meter,
            open: { () async throws(BusError) in
                try await KafkaProducer.open(options, deliveryTimeout: nil)
            },
            waitForNews: { await meter.bell.wait(atMost: .seconds(1)) },
            now: { Now.timestamp }
        )
        let task = Task { await relay.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        task.cancel()
        await task.value
        try result.get()
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func milliseconds(_ times: [Duration], _ part: Double) -> Double {
        guard !times.isEmpty else { return 0 }
        let time = times.sorted()[min(times.count - 1, Int(Double(times.count) * part))]
        return (time / .microseconds(10)).rounded() / 100
    }
}

/// Makes transitions without an engine.
private struct RelayPerfWriter {
    private var next: [Int]
    private let padding: String
    private let start = Now.timestamp

    init(runs: Int, bytes: Int) {
        next = Array(repeating: 0, count: runs)
        padding = String(repeating: "0123456789abcdef", count: bytes / 16)
    }

    /// The next transitions of each run.
    mutating func groups(_ count: Int) -> [CommitGroup] {
        next.indices.map { index in
            let id = RunID("perf-\(start.microseconds)-\(index)")
            let transitions = (0..<count).map { step in
                let seq = next[index] + step + 1
                return Transition(
                    run: id,
                    seq: seq,
                    at: Now.timestamp,
                    kind: seq == 1 ? .runStarted : .nodeEntered,
                    node: seq == 1 ? nil : "Execute",
                    body: ["graph": "perf", "entry": "Execute", "padding": .string(padding)]
                )
            }
            next[index] += count
            return CommitGroup(run: id, transitions: transitions, content: [], snapshots: [])
        }
    }
}

/// Counts what the relay sends.
private final class RelayMeter: RelayObserver {
    private struct State {
        var count = 0
        /// When it began to count for the rate, and how many were sent by then.
        var begin: (at: ContinuousClock.Instant, count: Int)?
        var last = ContinuousClock.now
    }

    let bell: Bell
    private let wanted: Int
    private let state = Mutex(State())

    /// - Parameter wanted: How many transitions there will be.
    init(of wanted: Int = 0, bell: Bell = Bell()) { (self.wanted, self.bell) = (wanted, bell) }

    var count: Int { state.withLock { $0.count } }

    /// Transitions a second from the first page that was confirmed: to connect isn't part of what the bare producer does,
    /// either. All of them from the start where there was but one page.
    var rate: Double {
        state.withLock { state in
            guard let begin = state.begin else { return 0 }
            return Double(state.count - begin.count) / ((state.last - begin.at) / .seconds(1))
        }
    }

    func relayed(_ count: Int) {
        state.withLock { state in
            state.count += count
            state.last = .now
            if state.begin?.count == 0, state.count < wanted { state.begin = (state.last, state.count) }
        }
    }

    func hasTurn(_ hasTurn: Bool) {
        if hasTurn { state.withLock { $0.begin = $0.begin ?? (.now, 0) } }
    }

    func putAside(_ record: BusRecord, reason: String) {}
    func isBehind(by count: Int, _ age: Duration) {}
    func waits(for error: BusError, _ time: Duration) {}
}
