package import SomaCore
package import SomaTerminal
import Synchronization

/// What `soma perf ingest --source kafka` measures: the whole console while it reads a topic from its beginning to where it
/// ended.
package struct KafkaPerf: Sendable {
    package var ingest: IngestPerf
    /// Messages that passed the filter.
    package var matched: Int
    package var bytes: Int

    package var json: JSON {
        var json = ingest.json
        json["bytes"] = JSON(bytes)
        json["matched"] = JSON(matched)
        return .object(json)
    }

    /// Runs the console.
    /// - Returns: `nil` where the topic can't be read; why is the second value.
    package static func measure(
        _ source: any KafkaSource,
        topic: String,
        filter: String,
        size: Size
    ) async -> (perf: KafkaPerf?, trouble: String?) {
        let meter = KafkaMeter(source)
        var options = ConsoleProgram.Options()
        options.kafka = meter
        options.opens = Opening(.kafka, of: topic)
        options.filter = filter
        let runs = FloodSource()
        let perf = await IngestPerf.measure(runs, options, size: size) { screen in
            await runs.open(Fleet())
            await screen.press("f") { $0.text.contains("f follows") }
        } begin: { screen in
            for character in ":from beginning" { screen.press(character) }
            screen.press(.enter)
        } wait: {
            await meter.wait() == nil ? meter.counts.read : nil
        }
        let counts = meter.counts
        return (
            perf.map { KafkaPerf(ingest: $0, matched: counts.matched, bytes: counts.bytes) }, meter.trouble
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
    private let state: SharedState

    private final class SharedState: Sendable {
        let value = Mutex(State())
    }

    init(_ source: any KafkaSource) {
        self.source = source
        let state = SharedState()
        self.state = state
        // Nothing is kept in between: where the console is busy, reading waits for it as it does without a meter.
        news = AsyncStream {
            let told = await source.news.first { _ in true }
            if let told { Self.count(told, state) }
            return told
        }
    }

    private static func count(_ told: KafkaNews, _ state: SharedState) {
        let waiter = state.value.withLock { state in
            switch told {
            case .batch(measured, let batch):
                state.counts.read += batch.read
                state.counts.bytes += batch.bytes
                state.counts.matched += batch.records.count
                if let behind = batch.behind { state.isOver = behind == 0 }
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

    /// Why the topic can't be read.
    var trouble: String? { state.value.withLock(\.trouble) }

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
        return trouble
    }

    func send(_ request: KafkaRequest) { source.send(request) }

    func close() { source.close() }
}
