import SomaCore
import Testing

@testable import SomaGateway

@Suite("Those who follow a conversation", .timeLimit(.minutes(1)))
struct ConversationFeedTests {
    @Test("leave nothing behind, whether they were told of more or gave up waiting")
    func leave() async throws {
        let feed = ConversationFeed()
        for number in 0..<40 {
            let id = ConversationID("conversation \(number)")
            feed.follow(id)
            let version = feed.version(of: id)
            let waiting = Task { await feed.wait(id, since: version) }
            try await Task.sleep(for: .milliseconds(2))
            if number.isMultiple(of: 2) { feed.changed(id) } else { waiting.cancel() }
            await waiting.value
            #expect(!feed.isEmpty)
            feed.leave(id)
        }
        #expect(feed.isEmpty)
    }
}
