import SomaCore
import SomaEngine
package import SomaHTTP
package import SomaTraces
import Synchronization

/// Sends spans to a collector (OTLP/HTTP), in batches, one request at a time.
///
/// Whoever has spans never waits: what doesn't fit into the queue is counted and left out. A batch that a collector can't take
/// now is tried again, after the time that it asks for; one that it refuses is not.
///
/// ```swift
/// let exporter = SpanExporter(SpanExporterOptions(collector: "http://127.0.0.1:4318"), http)
/// let task = Task { await exporter.run() }
/// exporter.add(spans)
/// task.cancel()
/// await exporter.flush(within: .seconds(2))
/// ```
package final class SpanExporter: Sendable {
    /// A smaller body isn't packed: it would hardly get smaller.
    private static let packedBytesMin = 1 << 10
    /// How long it sleeps where nothing is due.
    private static let idle: Duration = .seconds(3600)
    private static let answerBytesMax = 64 << 10

    private let options: SpanExporterOptions
    private let http: HTTPClient
    private let timing: HTTPTiming
    private let pack: @Sendable ([UInt8]) -> [UInt8]?
    private let observer: any SpanExportObserver
    private let queue: Mutex<SpanQueue>
    private let bell = Bell()

    /// Creates an exporter. It sends nothing until ``run()``.
    /// - Parameters:
    ///   - timing: Delays and randomness of repeated tries.
    ///   - pack: Packs a body with gzip; `nil` sends it as it is.
    package init(
        _ options: SpanExporterOptions,
        _ http: HTTPClient,
        timing: HTTPTiming = .system,
        pack: @escaping @Sendable ([UInt8]) -> [UInt8]? = { _ in nil },
        observer: any SpanExportObserver = SilentExportObserver()
    ) {
        self.options = options
        self.http = http
        self.timing = timing
        self.pack = pack
        self.observer = observer
        queue = Mutex(SpanQueue(most: options.queue))
    }

    /// How many spans wait.
    package var count: Int { queue.withLock { $0.count } }

    /// Adds spans. Never waits.
    package func add(_ spans: [TraceSpan]) {
        guard !spans.isEmpty else { return }
        let (left, isDue, isFirst) = queue.withLock { queue in
            let before = queue.count
            return (queue.add(spans), queue.count >= options.batch, before == 0)
        }
        if left > 0 { observer.dropped(left, .queue) }
        if isDue || isFirst { bell.ring() }
    }

    /// Sends until cancelled. What is on its way then is put back.
    package func run() async {
        while !Task.isCancelled {
            let wait = queue.withLock { $0.wait(batch: options.batch, interval: options.interval) }
            guard wait == .zero else {
                await bell.wait(atMost: wait ?? Self.idle)
                continue
            }
            let spans = queue.withLock { $0.take(options.batch) }
            do {
                try await send(spans, options.retry, timeout: options.timeout)
            } catch {
                // Cancelled: it may have arrived, and comes again with the same ids.
                queue.withLock { $0.putBack(spans) }
            }
        }
    }

    /// Sends what waits, each batch once, and counts what is left when the time is over as left out. Not while ``run()`` is at
    /// work.
    package func flush(within time: Duration) async {
        let end = ContinuousClock.now + time
        let once = RetryPolicy(attemptsMax: 1, statuses: options.retry.statuses)
        while true {
            let spans = queue.withLock { $0.take(options.batch) }
            guard !spans.isEmpty else { return }
            let left = end - .now
            guard left > .milliseconds(1) else {
                observer.dropped(spans.count + queue.withLock { $0.take(.max).count }, .shutdown)
                return
            }
            do {
                try await send(spans, once, timeout: min(left, options.timeout))
            } catch {
                observer.dropped(spans.count, .shutdown)
            }
        }
    }

    /// Sends no spans, to find out whether a collector answers: what is wrong, where something is.
    package func problem() async -> String? {
        do {
            var request = request(SpanSet())
            request.timeouts.total = .seconds(3)
            let response = try await http.send(request)
            return response.head.isSuccess ? nil : words(refusedWith: response)
        } catch let error as HTTPError {
            return words(error)
        } catch {
            return nil
        }
    }

    /// - Throws: `CancellationError` alone.
    private func send(_ spans: [TraceSpan], _ retry: RetryPolicy, timeout: Duration) async throws {
        let set = SpanSet(resource: options.resource, scope: options.scope, spans: spans)
        var request = request(set)
        request.timeouts.total = timeout
        let response: HTTPResponse
        do {
            response = try await http.send(request, retry: retry, timing: timing) { [observer] notice in
                observer.hasTrouble(self.words(notice.error))
            }
        } catch let error as HTTPError {
            observer.hasTrouble(words(error))
            return observer.dropped(spans.count, error.isRetryable ? .unavailable : .refused)
        }
        guard response.head.isSuccess else {
            observer.hasTrouble(words(refusedWith: response))
            let isLater = retry.statuses.contains(response.status)
            return observer.dropped(spans.count, isLater ? .unavailable : .refused)
        }
        let answer = ExportAnswer(response.body, options.encoding)
        let rejected = min(max(0, answer.rejected), spans.count)
        if rejected > 0 {
            observer.hasTrouble("\(options.place) took a request and not all of its spans: \(answer.message)")
            observer.dropped(rejected, .rejected)
        }
        observer.exported(spans.count - rejected)
    }

    private func request(_ set: SpanSet) -> HTTPRequest {
        let plain: [UInt8]
        var headers = options.headers
        switch options.encoding {
        case .protobuf:
            plain = set.protobuf()
            headers["Content-Type"] = "application/x-protobuf"
        case .json:
            plain = set.json().bytes()
            headers["Content-Type"] = "application/json"
        }
        var body = plain
        if plain.count >= Self.packedBytesMin, let packed = pack(plain) {
            body = packed
            headers["Content-Encoding"] = "gzip"
        }
        return HTTPRequest(
            .post,
            options.address,
            headers: headers,
            body: body,
            timeouts: HTTPTimeouts(connect: .seconds(5), firstByte: options.timeout, idle: options.timeout),
            maxBodyBytes: Self.answerBytesMax,
            addressPolicy: .any,
            certificateAuthorityFile: options.authorityFile,
            // The same spans twice are the same spans.
            isIdempotent: true
        )
    }

    private func words(_ error: HTTPError) -> String {
        if let response = error.response { return words(refusedWith: response) }
        return "\(options.place) can't be reached: \(error.reason)."
    }

    private func words(refusedWith response: HTTPResponse) -> String {
        let location = response.headers["Location"].map {
            " and leads to \($0.prefix(200)), which is not followed"
        }
        return "\(options.place) answered \(response.status)\(location ?? "")."
    }
}
