/// An event stream that reconnects by itself and resumes after the last event it has delivered.
///
/// Connects when iterated; each iteration is a stream of its own. It ends when the server answers 204, and
/// throws when reconnecting makes no sense (other statuses than 200 and the transient ones, not an event
/// stream, an event too large) or has failed `policy.attemptsMax` times without an event in between.
public struct SSEStream: AsyncSequence, Sendable {
    /// What the consumer is told.
    public enum Element: Hashable, Sendable {
        /// A connection is there.
        case connected(Connection)
        /// An event arrived.
        case event(SSEEvent)
        /// The connection is gone; another one follows after the delay.
        case disconnected(Disconnection)
    }

    /// A connection that was made.
    public struct Connection: Hashable, Sendable {
        /// The number of the connection, from 1.
        public let number: Int
        /// The event after which the server was asked to go on; `nil` when no id is known.
        public let resumedFrom: String?
        /// Whether events may be missing: a reconnection without an id to resume from.
        public var mayHaveGap: Bool { number > 1 && resumedFrom == nil }
    }

    /// A connection that was lost or could not be made.
    public struct Disconnection: Hashable, Sendable {
        /// Why; `nil` when the server ended the stream in order.
        public let error: HTTPError?
        /// How long is waited before the next try.
        public let delay: Duration
        /// Tries in a row that brought no event.
        public let failures: Int
    }

    let client: HTTPClient
    let request: HTTPRequest
    let lastEventID: String?
    let policy: RetryPolicy
    let limits: SSELimits
    let timing: HTTPTiming

    /// Describes a stream; nothing is sent before it is iterated.
    ///
    /// The `retry` field of the stream replaces the base of `policy`, up to its cap.
    public init(
        client: HTTPClient,
        request: HTTPRequest,
        lastEventID: String? = nil,
        policy: RetryPolicy = RetryPolicy(attemptsMax: 12, base: .milliseconds(500), cap: .seconds(15)),
        limits: SSELimits = SSELimits(),
        timing: HTTPTiming = .system
    ) {
        self.client = client
        self.request = request
        self.lastEventID = lastEventID
        self.policy = policy
        self.limits = limits
        self.timing = timing
    }

    /// Connects at the first `next()`.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Connects, reads, waits and connects again, only as it is asked for elements.
    public struct Iterator: AsyncIteratorProtocol {
        private enum State {
            case connecting(after: Duration?)
            case reading(HTTPEvents.Iterator)
            case ended
        }

        private let stream: SSEStream
        private var state = State.connecting(after: nil)
        private var policy: RetryPolicy
        private var random: any RandomNumberGenerator & Sendable
        private var connections = 0
        private var failures = 0
        /// The id to resume from; `nil` when none is known.
        public private(set) var lastEventID: String?

        init(_ stream: SSEStream) {
            self.stream = stream
            policy = stream.policy
            random = stream.timing.random
            lastEventID = stream.lastEventID
        }

        /// The next event or change of the connection; `nil` when the server wants no further connection.
        public mutating func next() async throws -> Element? {
            switch state {
            case .ended: nil
            case .connecting(let delay): try await connect(after: delay)
            case .reading(let events): try await read(events)
            }
        }

        private mutating func connect(after delay: Duration?) async throws -> Element? {
            if let delay { try await stream.timing.clock.sleep(for: delay) }
            var request = stream.request
            request.headers["Last-Event-ID"] = lastEventID
            do {
                let events = try await stream.client.events(request, limits: stream.limits)
                connections += 1
                state = .reading(events.makeAsyncIterator())
                return .connected(Connection(number: connections, resumedFrom: lastEventID))
            } catch let error as HTTPError {
                if error.response?.status == 204 {
                    state = .ended
                    return nil
                }
                return try lost(error)
            }
        }

        private mutating func read(_ events: HTTPEvents.Iterator) async throws -> Element? {
            var events = events
            do {
                let event = try await events.next()
                guard let event else {
                    learn(from: events)
                    return try lost(nil)
                }
                // The id of this very event, not of later ones that came in the same chunk.
                lastEventID = event.lastEventID.isEmpty ? nil : event.lastEventID
                failures = 0
                state = .reading(events)
                return .event(event)
            } catch let error as HTTPError {
                learn(from: events)
                return try lost(error)
            }
        }

        /// Takes over what a finished connection taught; all its events have been delivered by now.
        private mutating func learn(from events: HTTPEvents.Iterator) {
            lastEventID = events.lastEventID.isEmpty ? nil : events.lastEventID
            if let retry = events.retry { policy.base = Swift.min(retry, policy.cap) }
        }

        private mutating func lost(_ error: HTTPError?) throws -> Element {
            failures += 1
            let isFinal = error.map { !$0.isRetryable } ?? false
            guard !isFinal, failures < policy.attemptsMax,
                let delay = delay(after: error)
            else {
                state = .ended
                throw error
                    ?? HTTPError(
                        .connectionLost,
                        url: stream.request.url,
                        reason: "the event stream ended \(failures) times without an event"
                    )
            }
            state = .connecting(after: delay)
            return .disconnected(Disconnection(error: error, delay: delay, failures: failures))
        }

        private mutating func delay(after error: HTTPError?) -> Duration? {
            guard let error else { return policy.delay(beforeRetry: failures, using: &random) }
            return policy.delay(after: error, retry: failures, now: stream.timing.now, using: &random)
        }
    }
}
