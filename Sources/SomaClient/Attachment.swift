package import SomaCore
import SomaHTTP

extension DaemonClient {
    /// A snapshot of all runs, then everything that happens from there, without gap or repeat.
    ///
    /// Reconnects by itself for as long as it is read.
    ///
    /// - Parameter kinds: Only these kinds (`node.entered`, `output`) or families of kinds (`run`); empty for all.
    package func attach(kinds: [String] = []) -> Attachment {
        Attachment(client: self, run: nil, kinds: kinds, start: .snapshot)
    }

    /// Everything that happens after a place in the log, without gap or repeat.
    package func follow(after position: String, kinds: [String] = []) -> Attachment {
        Attachment(client: self, run: nil, kinds: kinds, start: .position(position))
    }

    /// One run's transitions after a seq: those in the log, then those that come, without gap or repeat. It goes
    /// on after the run's end, because late results may follow.
    package func follow(_ run: RunID, after seq: Int = 0, kinds: [String] = []) -> Attachment {
        Attachment(client: self, run: run, kinds: kinds, start: .seq(seq))
    }
}

/// Events of a daemon, for as long as they are read.
///
/// Throws `ClientError` where the daemon refuses for good, such as one of another version, and where nobody
/// answers the first time.
package struct Attachment: AsyncSequence, Sendable {
    /// What is told.
    package typealias Element = ClientEvent

    /// Where it begins.
    enum Start: Sendable {
        case snapshot
        case position(String)
        case seq(Int)
    }

    let client: DaemonClient
    let run: RunID?
    let kinds: [String]
    let start: Start

    /// Connects at the first `next()`.
    package func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Connects, reads, waits and connects again, only as it is asked for events.
    package struct Iterator: AsyncIteratorProtocol {
        private let attachment: Attachment
        private var stream: SSEStream.Iterator?
        private var position: String?
        /// The last transition of the one run that is followed.
        private var seq = 0
        /// Transitions from the log that are still to be told.
        private var logged: ArraySlice<TransitionPage.Item> = []

        init(_ attachment: Attachment) {
            self.attachment = attachment
            switch attachment.start {
            case .snapshot: break
            case .position(let position): self.position = position
            case .seq(let seq): self.seq = seq
            }
        }

        /// The next event; never `nil` unless the daemon wants no further connection.
        package mutating func next() async throws -> ClientEvent? {
            while true {
                if let item = logged.popFirst() {
                    if let event = event(item) { return event }
                    continue
                }
                if position == nil, case .snapshot = attachment.start { return try await snapshot() }
                if position == nil {
                    try await readLog()
                    continue
                }
                do {
                    guard let element = try await read() else { return nil }
                    if let event = event(element) { return event }
                } catch let error as HTTPError {
                    guard error.response?.status == 410, isRepeatable else {
                        throw ClientError(error, address: attachment.client.address)
                    }
                    // The log no longer goes on from where we were: begin again with what is true now.
                    stream = nil
                    position = nil
                }
            }
        }

        private mutating func snapshot() async throws -> ClientEvent {
            let document = try await attachment.client.fleet()
            position = document.position
            return .snapshot(document)
        }

        /// Whether what is missing can be read again.
        private var isRepeatable: Bool {
            if case .position = attachment.start { return false }
            return true
        }

        /// Reads what the log has of the run. The place to go on from is that of the last transition read, or,
        /// where there is none, one from before the log was looked at.
        private mutating func readLog() async throws {
            let before = try await attachment.client.daemon().position
            let page = try await attachment.client.page(of: attachment.run ?? RunID(""), after: seq)
            logged = page.transitions[...]
            guard page.next == nil else {
                seq = page.next ?? seq
                return
            }
            position = page.transitions.last?.position ?? before
        }

        private mutating func event(_ item: TransitionPage.Item) -> ClientEvent? {
            guard let transition = try? Transition(cloudEvent: item.event.bytes()) else { return nil }
            seq = Swift.max(seq, transition.seq)
            return .transition(transition, position: item.position)
        }

        private mutating func read() async throws -> SSEStream.Element? {
            if var stream {
                defer { self.stream = stream }
                return try await stream.next()
            }
            var stream = open()
            defer { self.stream = stream }
            return try await stream.next()
        }

        private func open() -> SSEStream.Iterator {
            var query = "?after=\(DaemonClient.escape(position ?? ""))"
            if let run = attachment.run { query += "&run=\(DaemonClient.escape(run.rawValue))" }
            if !attachment.kinds.isEmpty {
                query += "&kind=\(DaemonClient.escape(attachment.kinds.joined(separator: ",")))"
            }
            var request = attachment.client.address.request(.get, "/v1/stream" + query)
            request.timeouts.total = nil
            request.timeouts.idle = .seconds(45)
            let policy = RetryPolicy(attemptsMax: .max, base: .milliseconds(200), cap: .seconds(5))
            return SSEStream(
                client: attachment.client.http,
                request: request,
                lastEventID: position,
                policy: policy
            ).makeAsyncIterator()
        }

        private mutating func event(_ element: SSEStream.Element) -> ClientEvent? {
            switch element {
            case .connected(let connection): return connection.number > 1 ? .reconnected : nil
            case .disconnected(let lost):
                let reason = lost.error.map(\.reason) ?? "the daemon ended the stream"
                return .disconnected(reason: reason, retryIn: lost.delay)
            case .event(let event):
                if !event.lastEventID.isEmpty { position = event.lastEventID }
                switch event.type {
                case "message":
                    guard let transition = try? Transition(cloudEvent: Array(event.data.utf8)) else {
                        return nil
                    }
                    // What the log gave already, of the one run that is followed.
                    if attachment.run == transition.run, transition.seq <= seq { return nil }
                    seq = Swift.max(seq, attachment.run == nil ? 0 : transition.seq)
                    return .transition(transition, position: event.lastEventID)
                case "output":
                    guard let document = try? JSON.parse(event.data).decode(OutputDocument.self) else {
                        return nil
                    }
                    return .output(document)
                case "lagged": return .lagged
                // An event of a newer daemon.
                default: return nil
                }
            }
        }
    }
}
