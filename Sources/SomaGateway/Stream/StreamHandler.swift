import HTTPTypes
import SomaCore
import SomaEngine

/// `GET /v1/stream`.
struct StreamHandler: Sendable {
    let services: GatewayServices
    let streams: StreamClients
    let runs: RunLookup

    /// Opens the stream from where the client left off, or from now on.
    func open(_ exchange: Exchange) async throws(Problem) -> Answer {
        let hub = services.engine.hub
        let start = try await start(exchange, head: hub.cursor.position)
        var wanted: [RunID] = []
        for text in exchange.list("run") { wanted.append(try await runs.resolve(text)) }
        let filter = StreamFilter(runs: wanted, kinds: try kinds(exchange))
        guard let client = streams.add(exchange.channel) else {
            throw Refusals.many("streams.many", "clients follow the stream", seconds: 5)
        }
        let feed = StreamFeed(
            store: services.store,
            hub: hub,
            client: client,
            filter: filter,
            start: start,
            crowd: { [streams] in streams.count }
        )
        var answer = Answer(type: "text/event-stream", bytes: [])
        answer.body = .stream { [streams] writer in
            defer { streams.remove(client) }
            try await feed.run(&writer)
        }
        return answer
    }

    /// Whether the log has come as far as a place: another gateway may have been a bit ahead of this one.
    private func isReached(_ position: Position, _ head: Position) async -> Bool {
        var head = head
        let deadline = ContinuousClock.now + .seconds(1)
        while head < position, ContinuousClock.now < deadline {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
            head = services.engine.hub.cursor.position
        }
        return head >= position
    }

    private func kinds(_ exchange: Exchange) throws(Problem) -> [String] {
        let kinds = exchange.list("kind")
        guard kinds.count <= 64, kinds.allSatisfy({ $0.utf8.count <= 256 }) else {
            throw Problem(400, "query.invalid", "kind names at most 64 kinds.")
        }
        return kinds
    }

    private func start(_ exchange: Exchange, head: Position) async throws(Problem) -> Position {
        // A client that reconnects repeats its URL: what it has seen since is in the header.
        let last = HTTPField.Name("Last-Event-ID").flatMap { exchange.headers[$0] }
        guard let text = last ?? exchange.query["after"], !text.isEmpty else {
            return head
        }
        guard let position = Position(text) else {
            throw Problem(400, "position.invalid", "after is no place in the log.", hint: "Attach again.")
        }
        guard await isReached(position, head), await services.oldest() <= position else {
            throw Problem(
                410,
                "position.gone",
                "The log no longer goes on from that place.",
                hint: "Attach again: GET /v1/fleet, then the stream after its position."
            )
        }
        return position
    }
}
