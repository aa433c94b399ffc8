extension HTTPClient {
    /// Opens an event stream and reads its events until the server ends it; doesn't reconnect.
    ///
    /// Throws ``HTTPError`` of kind `unexpectedStatus`, with the body's beginning, when the status isn't 200,
    /// and of kind `invalidResponse` when the response isn't `text/event-stream`.
    public func events(
        _ request: HTTPRequest,
        limits: SSELimits = SSELimits(),
        retry: RetryPolicy? = nil,
        timing: HTTPTiming = .system,
        onRetry: (@Sendable (RetryNotice) -> Void)? = nil
    ) async throws -> HTTPEvents {
        var request = request
        if request.headers["Accept"] == nil { request.headers["Accept"] = "text/event-stream" }
        if request.headers["Cache-Control"] == nil { request.headers["Cache-Control"] = "no-store" }
        let response =
            if let retry {
                try await stream(request, retry: retry, timing: timing, onRetry: onRetry)
            } else {
                try await stream(request)
            }
        guard response.head.status == 200 else {
            throw HTTPError.unexpectedStatus(try await response.prefix(HTTPLimits.errorBodyBytes))
        }
        guard response.head.mediaType == "text/event-stream" else {
            throw HTTPError(
                .invalidResponse,
                url: response.head.url,
                reason:
                    "the response is not an event stream but \(response.head.mediaType?.prefix(100) ?? "of no stated type")",
                hint: "check the path",
                response: try await response.prefix(HTTPLimits.errorBodyBytes)
            )
        }
        let parser = SSEParser(
            limits: limits,
            lastEventID: request.headers["Last-Event-ID"] ?? "",
            url: response.head.url
        )
        return HTTPEvents(head: response.head, body: response.body, parser: parser)
    }
}

/// The events of one response, to be iterated once.
public struct HTTPEvents: AsyncSequence, Sendable {
    /// An event.
    public typealias Element = SSEEvent

    /// The response's status and fields.
    public let head: HTTPResponseHead
    let body: HTTPBodyStream
    let parser: SSEParser

    /// Reads the events.
    public func makeAsyncIterator() -> Iterator {
        Iterator(body: body.makeAsyncIterator(), parser: parser)
    }

    /// Reads the events; throws like ``HTTPBodyStream/Iterator``, and when an event exceeds its limits.
    public struct Iterator: AsyncIteratorProtocol {
        var body: HTTPBodyStream.Iterator
        var parser: SSEParser
        private var ready: ArraySlice<SSEEvent> = []

        init(body: HTTPBodyStream.Iterator, parser: SSEParser) {
            self.body = body
            self.parser = parser
        }

        /// The next event, or `nil` when the server has ended the stream.
        public mutating func next() async throws -> SSEEvent? {
            while true {
                if let event = ready.popFirst() { return event }
                guard let chunk = try await body.next() else { return nil }
                ready = try parser.feed(chunk)[...]
            }
        }

        /// The id to resume from.
        public var lastEventID: String { parser.lastEventID }
        /// The reconnection delay that the server asks for.
        public var retry: Duration? { parser.retry }
    }
}
