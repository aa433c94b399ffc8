/// What is told of a request that a server has answered, for its span.
///
/// Made where the request is answered, from what is at hand there; the span is made of it elsewhere.
package struct RequestFacts: Sendable, Hashable {
    /// Where it came in.
    package enum Door: Sendable, Hashable {
        /// A socket in the file system.
        case unix
        /// A port of an address.
        case tcp(address: String, port: Int)
    }

    /// The trace that it belongs to.
    package var trace: TraceID
    /// Its own span.
    package var span: SpanID
    /// The span of whoever asked; `nil` where nobody said one.
    package var parent: SpanID?
    /// The caller's `tracestate`; empty where there is none.
    package var traceState = ""
    /// The method as it was sent.
    package var method: String
    /// The route's pattern; `nil` where the path has none.
    package var route: String?
    /// The path as it was sent, without its query; `nil` where it has no route, since then it is what a client made up.
    package var path: String?
    /// The status of the answer.
    package var status: Int
    /// When its head was there.
    package var start: Timestamp
    /// How long it took until its answer was there, and of a stream until its end.
    package var took: Duration
    /// Where it came in.
    package var door: Door
    /// The header `User-Agent` as it was sent.
    package var agent: String?
    /// The run that it was about or has begun.
    package var run: RunID?
    /// The conversation that it was about.
    package var conversation: ConversationID?

    /// Creates facts.
    package init(
        trace: TraceID,
        span: SpanID,
        parent: SpanID? = nil,
        method: String,
        route: String? = nil,
        status: Int,
        start: Timestamp,
        took: Duration,
        door: Door = .unix
    ) {
        self.trace = trace
        self.span = span
        self.parent = parent
        self.method = method
        self.route = route
        self.status = status
        self.start = start
        self.took = took
        self.door = door
    }
}
