import HummingbirdCore
import NIOCore
import SomaCore
import SomaEngine

/// Sends one client what it follows.
struct StreamFeed: Sendable {
    /// Transitions taken at a time.
    private static let chunkMax = 256
    /// Bytes gathered before they are sent.
    private static let chunkBytes = 64 << 10

    let store: any EventStore
    let hub: EventHub
    let client: StreamClient
    let filter: StreamFilter
    /// The last place that the client has.
    let start: Position
    /// How many clients there are now.
    let crowd: @Sendable () -> Int

    /// Sends until the client goes, the hub closes, or the store fails.
    ///
    /// Fed from the hub. A client that is too slow for its ring, or that comes back late, is told so and reads
    /// the store until it has caught up.
    func run(_ writer: inout any ResponseBodyWriter) async throws {
        // Output that came before the client did is gone.
        var cursor = EventHub.Cursor(position: start, outputs: hub.cursor.outputs)
        var told = start
        var isLive = false
        var text = ByteBuffer(string: ": soma\nretry: 1000\n\n")
        while !client.isEnded {
            let news = hub.news(since: cursor, limit: StreamFeed.chunkMax)
            let isClosed = hub.isClosed
            guard let transitions = news.transitions else {
                if isLive { lagged(&text, at: cursor.position) }
                isLive = false
                let page = try await store.transitions(after: cursor.position, limit: StreamFeed.chunkMax)
                guard let last = page.last else { break }
                try await add(page, &text, &told, &writer)
                cursor.position = last.position
                try await flush(&text, &writer)
                continue
            }
            isLive = true
            try await add(transitions, &text, &told, &writer)
            for output in news.outputs where filter.wantsOutput && filter.wants(output.run) {
                add(output, &text)
                if text.readableBytes >= StreamFeed.chunkBytes { try await flush(&text, &writer) }
            }
            cursor = news.cursor
            if text.readableBytes > 0 {
                try await flush(&text, &writer)
                if let pause { try await Task.sleep(for: pause) }
                continue
            }
            guard transitions.isEmpty else { continue }
            if isClosed { break }
            if client.takeBeat() {
                beat(&text, at: cursor.position, told: &told)
                try await flush(&text, &writer)
            }
            await client.wait { [hub, cursor] in await hub.wait(since: cursor) }
        }
        try await writer.finish(nil)
    }

    /// A crowd is told several commits at once: hundreds of clients that each wake for each commit would take the
    /// processor from those who make them.
    private var pause: Duration? {
        let count = crowd()
        return count > 16 ? .microseconds(min(count * 100, 50_000)) : nil
    }

    private func add(
        _ transitions: [StoredTransition],
        _ text: inout ByteBuffer,
        _ told: inout Position,
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        for stored in transitions where filter.wants(stored.transition) {
            text.writeString("id: \(stored.position)\ndata: ")
            text.writeBytes(stored.bytes)
            text.writeString("\n\n")
            told = stored.position
            if text.readableBytes >= StreamFeed.chunkBytes { try await flush(&text, &writer) }
        }
    }

    private func add(_ output: EventHub.Output, _ text: inout ByteBuffer) {
        let document = OutputDocument(run: output.run, effect: output.effect, bytes: output.bytes)
        guard let json = try? JSON(encoding: document) else { return }
        text.writeString("event: output\ndata: ")
        text.writeBytes(json.bytes())
        text.writeString("\n\n")
    }

    private func lagged(_ text: inout ByteBuffer, at position: Position) {
        let document = LaggedDocument(position: position.description, head: hub.cursor.position.description)
        guard let json = try? JSON(encoding: document) else { return }
        text.writeString("event: lagged\ndata: ")
        text.writeBytes(json.bytes())
        text.writeString("\n\n")
    }

    /// A comment; where others' transitions have passed, with the place, so that resuming doesn't look at them
    /// again. An id without data moves the place and shows nothing.
    private func beat(_ text: inout ByteBuffer, at position: Position, told: inout Position) {
        text.writeString(told == position ? ": alive\n\n" : ": alive\nid: \(position)\n\n")
        told = position
    }

    private func flush(_ text: inout ByteBuffer, _ writer: inout any ResponseBodyWriter) async throws {
        guard text.readableBytes > 0 else { return }
        client.writing(true)
        defer { client.writing(false) }
        try await writer.write(text)
        text.clear()
    }
}
