package import SomaCore
package import SomaTraces

/// A trace in a list: what a line says of it.
package struct FoundTrace: Sendable, Hashable {
    package var id: TraceID
    /// The service and the operation of the span that began it.
    package var service: String
    package var operation: String
    package var start: Timestamp
    /// From the earliest start to the latest end, in nanoseconds.
    package var duration: Int64
    package var spans: Int
    /// How many spans failed.
    package var failures: Int
    /// How many services took part.
    package var services: Int

    package init(
        id: TraceID,
        service: String,
        operation: String,
        start: Timestamp,
        duration: Int64,
        spans: Int,
        failures: Int = 0,
        services: Int = 1
    ) {
        self.id = id
        self.service = service
        self.operation = operation
        self.start = start
        self.duration = duration
        self.spans = spans
        self.failures = failures
        self.services = services
    }

    /// Sums up a trace: the span that began it is the earliest of those without a parent in it.
    package init(_ trace: Trace) {
        let ids = Set(trace.spans.lazy.map(\.id))
        var first: TraceSpan?
        var firstIsRoot = false
        var (start, end) = (Int64.max, Int64.min)
        for span in trace.spans {
            let isRoot = span.parent.map { !ids.contains($0) } ?? true
            let isEarlier = first.map { span.start < $0.start } ?? true
            if isRoot == firstIsRoot ? isEarlier : isRoot { (first, firstIsRoot) = (span, isRoot) }
            // Nothing began in 1970.
            guard span.start > 0 else { continue }
            (start, end) = (min(start, span.start), max(end, span.end))
        }
        self.init(
            id: trace.id,
            service: first.map(trace.service(of:)) ?? TraceResource.unknownService,
            operation: first?.name ?? "",
            start: Timestamp(microseconds: start == .max ? 0 : start / 1_000),
            duration: start <= end ? end - start : 0,
            spans: trace.spans.count,
            failures: trace.spans.count(where: \.hasFailed),
            services: Set(trace.spans.lazy.map(trace.service(of:))).count
        )
    }

    /// How lists of traces are ordered.
    package enum Order: String, Sendable, Hashable, CaseIterable {
        case newest, longest, spans, errors

        /// In words.
        var words: String {
            switch self {
            case .newest: "newest first"
            case .longest: "longest first"
            case .spans: "most spans first"
            case .errors: "most errors first"
            }
        }

        func isBefore(_ left: FoundTrace, _ right: FoundTrace) -> Bool {
            switch self {
            case .newest: break
            case .longest: if left.duration != right.duration { return left.duration > right.duration }
            case .spans: if left.spans != right.spans { return left.spans > right.spans }
            case .errors: if left.failures != right.failures { return left.failures > right.failures }
            }
            return (right.start, left.id.high, left.id.low) < (left.start, right.id.high, right.id.low)
        }
    }
}
