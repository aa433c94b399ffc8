package import SomaCore
package import SomaTerminal
import Synchronization

/// What `soma perf ingest --source kafka` measures: the whole console while it reads a topic from its beginning to where it
/// ended, and somebody types.
package struct KafkaPerf: Sendable {
    /// Messages that were looked at, and those that passed the filter.
    package var read: Int
    package var matched: Int
    package var bytes: Int
    /// From the command to the last message.
    package var seconds: Double
    /// The processor's time meanwhile, of this process.
    package var cpuSeconds: Double
    /// From a key to the frame that shows what it did, in milliseconds.
    package var keys: [Double]

    package var json: JSON {
        func share(_ share: Double) -> Double {
            keys.isEmpty ? 0 : keys[min(keys.count - 1, Int(share * Double(keys.count)))]
        }
        return [
            "events": JSON(read), "seconds": .double(seconds),
            "events_per_second": .double(Double(read) / seconds),
            "bytes": JSON(bytes), "matched": JSON(matched),
            "cpu_seconds": .double(cpuSeconds), "keys": JSON(keys.count), "p50_ms": .double(share(0.5)),
            "p95_ms": .double(share(0.95)),
        ]
    }

    /// The least time between two keys.
    private static let keyPause = Duration.milliseconds(40)

    /// Runs the console.
    /// - Returns: `nil` where the topic can't be read; why is the second value.
    package static func measure(
        _ source: any KafkaSource,
        topic: String,
        filter: String,
        size: Size
    ) async -> (perf: KafkaPerf?, trouble: String?) {
        let meter = KafkaMeter(source)
        let screen = FloodScreen(size: size)
        var options = ConsoleProgram.Options()
        options.kafka = meter
        options.opens = Opening(.kafka, of: topic)
        options.filter = filter
        let runs = FloodSource()
        let program = Task { [options] in
            await ConsoleProgram.observed(
                screen: screen,
                source: runs,
                options: options,
                timing: .system
            )
        }
        await runs.open(Fleet())
        await screen.press("f") { $0.text.contains("f follows") }
        let clock = ContinuousClock()
        let (begun, used) = (clock.now, FloodSource.processSeconds)
        for character in ":from beginning" { screen.press(character) }
        screen.press(.enter)
        let typist = Task {
            var keys: [Double] = []
            while !Task.isCancelled {
                for words in ["f follows", "following"] {
                    let pressed = clock.now
                    await screen.press("f") { $0.text.contains(words) }
                    keys.append((clock.now - pressed).seconds * 1_000)
                    try? await clock.sleep(for: keyPause)
                }
            }
            return keys.sorted()
        }
        let trouble = await meter.wait()
        let (took, cpu) = ((clock.now - begun).seconds, FloodSource.processSeconds - used)
        typist.cancel()
        let keys = await typist.value
        screen.press("q")
        _ = await program.value
        guard trouble == nil else { return (nil, trouble) }
        let counts = meter.counts
        return (
            KafkaPerf(
                read: counts.read,
                matched: counts.matched,
                bytes: counts.bytes,
                seconds: took,
                cpuSeconds: cpu,
                keys: keys
            ), nil
        )
    }
}

/// Passes on what a Kafka source tells, and counts what the last reading brought.
private final class KafkaMeter: KafkaSource {
    struct Counts {
        var (read, matched, bytes) = (0, 0, 0)
    }

    private struct State {
        var counts = Counts()
        var isOver = false
        var trouble: String?
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// The reading that the command begins; the first is the one that the topic was opened with.
    private static let measured = 2

    let news: AsyncStream<KafkaNews>
    private let source: any KafkaSource
    private let task: Task<Void, Never>
    private let state: SharedState

    private final class SharedState: Sendable {
        let value = Mutex(State())
    }

    init(_ source: any KafkaSource) {
        self.source = source
        let state = SharedState()
        self.state = state
        let (news, teller) = AsyncStream.makeStream(of: KafkaNews.self)
        self.news = news
        task = Task {
            for await told in source.news {
                teller.yield(told)
                Self.count(told, state)
            }
            teller.finish()
        }
    }

    private static func count(_ told: KafkaNews, _ state: SharedState) {
        let waiter = state.value.withLock { state in
            switch told {
            case .batch(measured, let batch):
                state.counts.read += batch.read
                state.counts.bytes += batch.bytes
                state.counts.matched += batch.records.count
                state.isOver = batch.behind == 0
            case .ended(_, let reason), .lost(let reason):
                state.trouble = reason
                state.isOver = true
            default: break
            }
            guard state.isOver else { return CheckedContinuation<Void, Never>?.none }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    var counts: Counts { state.value.withLock(\.counts) }

    /// Waits until the topic is read, or can't be.
    /// - Returns: Why it can't be.
    func wait() async -> String? {
        await withCheckedContinuation { continuation in
            let isOver = state.value.withLock { state in
                if !state.isOver { state.waiter = continuation }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
        return state.value.withLock(\.trouble)
    }

    func send(_ request: KafkaRequest) { source.send(request) }

    func close() {
        source.close()
        task.cancel()
    }
}
