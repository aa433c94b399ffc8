package import SomaCore
import SomaEngine
import Synchronization
import SomaTraces

/// Makes spans of requests and gives them to the exporter. Whoever answers requests never waits for it, and does no more than
/// put down what it knows.
package final class RequestSpans: Sendable {
    /// How often it looks, whatever it is told.
    private static let interval: Duration = .seconds(60)

    private let most: Int
    private let exporter: SpanExporter
    private let observer: any SpanExportObserver
    private let waiting = Mutex<[RequestFacts]>([])
    private let bell = Bell()

    /// Creates it; nothing is made of requests until ``run()``.
    /// - Parameter most: How many requests may wait for their spans; of further ones none are made, and they are counted as
    ///   left out of the queue.
    package init(
        _ exporter: SpanExporter,
        most: Int = 8192,
        observer: any SpanExportObserver = SilentExportObserver()
    ) {
        self.exporter = exporter
        self.most = most
        self.observer = observer
    }

    /// Takes a request in. Never waits.
    package func add(_ facts: RequestFacts) {
        let (isFirst, isFull) = waiting.withLock { waiting in
            guard waiting.count < most else { return (false, true) }
            waiting.append(facts)
            return (waiting.count == 1, false)
        }
        if isFull { observer.dropped(1, .queue) }
        if isFirst { bell.ring() }
    }

    /// Makes spans until cancelled.
    package func run() async {
        while !Task.isCancelled {
            catchUp()
            await bell.wait(atMost: Self.interval)
        }
    }

    /// Makes spans of all that has come.
    package func catchUp() {
        let facts = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        exporter.add(facts.map { TraceSpan($0) })
    }
}
