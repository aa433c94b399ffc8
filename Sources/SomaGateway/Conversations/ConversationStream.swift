import HummingbirdCore
import NIOCore
import SomaCore

/// Sends one client the messages of a conversation as they come.
struct ConversationStream: Sendable {
    /// How long a change that nobody told of may go unseen: another process may have made it.
    private static let lookInterval = Duration.seconds(1)

    let id: ConversationID
    let feed: ConversationFeed
    let client: StreamClient
    /// Messages after a number.
    let page: @Sendable (Int) async throws -> [MessageDocument]

    /// Sends until the client goes, the gateway stops, or the store fails.
    func run(after start: Int, _ writer: inout any ResponseBodyWriter) async throws {
        var last = start
        try await write(ByteBuffer(string: ": soma\nretry: 1000\n\n"), &writer)
        // Said before the first look, so that nothing falls between a look and the wait after it.
        feed.follow(id)
        defer { feed.leave(id) }
        while !client.isEnded {
            let version = feed.version(of: id)
            let messages = try await page(last)
            if messages.isEmpty {
                if client.takeBeat() { try await write(ByteBuffer(string: ": alive\n\n"), &writer) }
                await client.wait { [feed, id] in await Self.wait(feed, id, since: version) }
                continue
            }
            var text = ByteBuffer()
            for message in messages {
                text.writeString("id: \(message.number)\nevent: message\ndata: ")
                text.writeBytes(try JSON(encoding: message).bytes())
                text.writeString("\n\n")
                last = message.number
            }
            try await write(text, &writer)
        }
        try await writer.finish(nil)
    }

    private static func wait(_ feed: ConversationFeed, _ id: ConversationID, since version: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await feed.wait(id, since: version) }
            group.addTask { try? await Task.sleep(for: lookInterval) }
            await group.next()
            group.cancelAll()
        }
    }

    private func write(_ text: ByteBuffer, _ writer: inout any ResponseBodyWriter) async throws {
        client.writing(true)
        defer { client.writing(false) }
        try await writer.write(text)
    }
}
