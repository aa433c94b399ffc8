import HTTPTypes
import SomaCore

/// Where a request stands in a trace: its caller's, else one of its own.
struct RequestTrace: Sendable {
    /// Where in a trace whoever asks stands; `nil` where the request doesn't say it.
    let caller: TraceContext?
    /// The trace.
    private(set) var id: TraceID
    /// The request's own span.
    let span: SpanID
    /// Whether the span is recorded.
    private(set) var isRecorded: Bool
    private let sampling: TraceSampling?

    /// Draws what the caller doesn't say.
    /// - Parameter sampling: Which traces are exported; `nil` where requests have no spans.
    init(
        _ caller: TraceContext?,
        _ sampling: TraceSampling?,
        _ random: inout some RandomNumberGenerator
    ) {
        self.caller = caller
        self.sampling = sampling
        id = caller?.trace ?? TraceID(high: random.next(), low: max(1, random.next()))
        span = SpanID(max(1, random.next()))
        isRecorded = sampling?.includes(id, caller: caller?.isSampled) ?? false
    }

    /// It is of a kind that somebody makes all the time, to see what is there. It has a span in the trace of a caller who
    /// wants one, and would drown the others elsewhere.
    mutating func isLook() { isRecorded = isRecorded && caller != nil }

    /// It has begun a run that is no caller's: its trace is the run's, whose id nobody knew before.
    mutating func began(_ run: RunID) {
        guard caller == nil, let sampling else { return }
        id = TraceIdentity.trace(of: run)
        isRecorded = sampling.includes(id)
    }

    /// The context for what the request asks for, where it goes on in the same trace: the request's, or the caller's own where
    /// the request isn't recorded. What is decided for a trace that begins here is told with it, so that it is decided once.
    var onward: TraceContext? {
        guard sampling != nil, isRecorded || caller == nil else { return caller }
        return TraceContext(trace: id, span: span, isSampled: isRecorded, state: caller?.state ?? "")
    }

    /// The span of a request that begins a run in the run's own trace; `nil` where there is a caller's, or none is recorded.
    var asking: SpanID? { caller == nil && sampling != nil ? span : nil }
}

/// The headers that tell where in a trace a request stands.
enum TraceHeaders {
    private static let parent = HTTPField.Name("traceparent")
    private static let state = HTTPField.Name("tracestate")

    /// Where in a trace whoever asks stands (W3C Trace Context); `nil` where nothing valid says it, or several do.
    static func caller(_ headers: HTTPFields) -> TraceContext? {
        guard let parent, let state, headers[values: parent].count == 1, let text = headers[parent] else {
            return nil
        }
        let states = headers[values: state]
        return TraceContext(
            traceparent: text,
            tracestate: states.isEmpty ? nil : states.joined(separator: ",")
        )
    }

    /// A new trace, for an answer to what is no request.
    static func fresh() -> String {
        var generator = SystemRandomNumberGenerator()
        return TraceID(high: generator.next(), low: max(1, generator.next())).description
    }
}
