import SomaCore
import Testing

@testable import SomaEngine

@Suite("Event hub")
struct EventHubTests {
    private static func stored(_ position: Int) -> StoredTransition {
        StoredTransition(
            position: Position(Int64(position)),
            transition: Transition(
                run: RunID("r"),
                seq: position,
                at: Timestamp(microseconds: 0),
                kind: .nodeLeft
            ),
            bytes: []
        )
    }

    @Test("A reader gets what came since its place, and nothing twice")
    func reads() {
        let hub = EventHub(head: Position(10))
        var cursor = hub.cursor
        #expect(hub.news(since: cursor).transitions == [])
        hub.publish([])
        hub.publish([Self.stored(11), Self.stored(12)])
        hub.publish([Self.stored(13)])
        let first = hub.news(since: cursor, limit: 2)
        #expect(first.transitions?.map(\.position.rawValue) == [11, 12])
        cursor = first.cursor
        let second = hub.news(since: cursor)
        #expect(second.transitions?.map(\.position.rawValue) == [13])
        #expect(hub.news(since: second.cursor).transitions == [])
        #expect(second.cursor == hub.cursor)
    }

    @Test("A reader that has fallen out of the ring is told to read the store")
    func falls() {
        let hub = EventHub(head: .start)
        for block in 0..<3 {
            hub.publish((1...EventHub.capacity).map { Self.stored(block * EventHub.capacity + $0) })
        }
        #expect(hub.news(since: .init(position: Position(1), outputs: 0)).transitions == nil)
        let near = Position(Int64(3 * EventHub.capacity - 5))
        #expect(hub.news(since: .init(position: near, outputs: 0)).transitions?.count == 5)
        let before = EventHub(head: Position(5))
        #expect(before.news(since: .init(position: Position(1), outputs: 0)).transitions == nil)
    }

    @Test("Output is shown as far as the ring holds it")
    func outputs() {
        let hub = EventHub(head: .start)
        let cursor = hub.cursor
        for number in 0..<1100 {
            hub.publish(EventHub.Output(run: RunID("r"), effect: number, bytes: [1]))
        }
        let news = hub.news(since: cursor)
        #expect(news.outputs.last?.effect == 1099)
        #expect(
            news.outputs.count >= EventHub.outputCapacity && news.outputs.count <= 2 * EventHub.outputCapacity
        )
        #expect(hub.news(since: news.cursor).outputs.isEmpty)
    }

    @Test("Waiting ends with news, when the hub closes, and when the task is cancelled")
    func waits() async {
        let hub = EventHub(head: .start)
        let cursor = hub.cursor
        async let news: Void = hub.wait(since: cursor)
        hub.publish([Self.stored(1)])
        await news
        await hub.wait(since: cursor)
        let cancelled = Task { await hub.wait(since: hub.cursor) }
        cancelled.cancel()
        await cancelled.value
        async let closed: Void = hub.wait(since: hub.cursor)
        hub.close()
        await closed
        #expect(hub.isClosed)
    }

    @Test("Readers beside two publishers see everything once and in order")
    func concurrent() async {
        let hub = EventHub(head: .start)
        let total = 1600
        await withTaskGroup(of: [Int64].self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var cursor = EventHub.Cursor(position: .start, outputs: 0)
                    var seen: [Int64] = []
                    while seen.count < total {
                        await hub.wait(since: cursor)
                        let news = hub.news(since: cursor, limit: 64)
                        seen += (news.transitions ?? []).map(\.position.rawValue)
                        cursor = news.cursor
                    }
                    return seen
                }
            }
            group.addTask {
                for start in stride(from: 1, through: total, by: 8) {
                    hub.publish((start..<start + 8).map(Self.stored))
                    if start % 64 == 1 { await Task.yield() }
                }
                return []
            }
            group.addTask {
                for number in 0..<500 {
                    hub.publish(EventHub.Output(run: RunID("r"), effect: number, bytes: []))
                    if number.isMultiple(of: 32) { await Task.yield() }
                }
                return []
            }
            for await seen in group where !seen.isEmpty { #expect(seen == Array(1...Int64(total))) }
        }
    }
}
