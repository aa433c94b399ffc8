import PostgresFixture
import SomaCore
import SomaEngine
import Testing

@testable import SomaPostgres

@Suite("Postgres: output of effects for other processes", .timeLimit(.minutes(1)))
struct OutputsTests {
    private static func output(_ effect: Int, _ text: String) -> EventHub.Output {
        EventHub.Output(run: RunID("run"), effect: effect, bytes: Array(text.utf8))
    }

    @Test("What was printed at once is told as one piece of each effect, the latest of what is too much")
    func gathered() {
        var gatherer = OutputGatherer()
        #expect(gatherer.take().isEmpty)
        for piece in [(1, "a"), (2, "x"), (1, "b"), (1, "")] { gatherer.add(Self.output(piece.0, piece.1)) }
        #expect(gatherer.take() == [Self.output(1, "ab"), Self.output(2, "x")])
        #expect(gatherer.take().isEmpty)
        let most = String(repeating: "-", count: OutputGatherer.bytesMax - 1)
        for text in ["lost", "x", most] { gatherer.add(Self.output(1, text)) }
        #expect(gatherer.take() == [Self.output(1, "x" + most)])
        for effect in 1...OutputGatherer.effectsMax + 9 { gatherer.add(Self.output(effect, "e")) }
        #expect(gatherer.take().map(\.effect) == Array(1...OutputGatherer.effectsMax))
    }

    @Test("A payload is read as it was written, and anything else is nothing")
    func payloads() {
        let output = EventHub.Output(run: RunID("run"), effect: 7, bytes: [0, 27, 255])
        let read = PostgresOutputs.read(PostgresOutputs.payload(output, from: "me"))
        #expect(read?.sender == "me" && read?.output == output)
        let longest = EventHub.Output(
            run: RunID(String(repeating: "r", count: 200)),
            effect: .max,
            bytes: [UInt8](repeating: 0, count: OutputGatherer.bytesMax)
        )
        #expect(PostgresOutputs.payload(longest, from: "0123456789abc").utf8.count < 8000)
        for payload in [
            "", "a b", "me run x AAAA", "me run 1 ====", "me run 1 AAAA more", "me run 1 \u{1B}[2J",
        ] {
            #expect(PostgresOutputs.read(payload) == nil, "\(payload)")
        }
    }

    @Test("Another process's readers are told, one's own aren't told again, and after the end nothing is")
    func told() async throws {
        let url = try await TestServer.database()
        let (store, other) = (try await PostgresStore.test(url), try await PostgresStore.test(url))
        let (hub, own) = (EventHub(head: .start), EventHub(head: .start))
        let following = [Task { await other.outputs.follow(hub) }, Task { await store.outputs.follow(own) }]
        var told: [EventHub.Output] = []
        // Until the other one listens, what is told is lost.
        while told.isEmpty {
            store.outputs.tell(Self.output(1, "first"))
            try await Task.sleep(for: .milliseconds(50))
            told = hub.news(since: .init(position: .start, outputs: 0)).outputs
        }
        #expect(told.allSatisfy { String(decoding: $0.bytes, as: UTF8.self).hasPrefix("first") })
        let cursor = hub.cursor
        store.outputs.tell(Self.output(2, "sec"))
        store.outputs.tell(Self.output(2, "ond"))
        while hub.news(since: cursor).outputs.last?.effect != 2 { await hub.wait(since: cursor) }
        #expect(hub.news(since: cursor).outputs.last == Self.output(2, "second"))
        #expect(own.cursor.outputs == 0)
        await store.outputs.end()
        store.outputs.tell(Self.output(3, "late"))
        for task in following { task.cancel() }
        await store.close()
        await other.close()
    }
}
