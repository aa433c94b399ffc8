import SomaEngine
import SomaKafka
import Testing

@testable import soma

@Suite("What is left of partitions")
struct TopicRemainderTests {
    private let first = BusPartition(topic: "orders", number: 0)
    private let second = BusPartition(topic: "orders", number: 1)

    private func batch(_ messages: [(BusPartition, Int64)], ends: [BusPartition: Int64] = [:]) -> KafkaBatch {
        var batch = KafkaBatch()
        batch.messages = messages.map { BusMessage(partition: $0.0, offset: $0.1, key: nil, value: nil) }
        batch.ends = ends
        return batch
    }

    @Test("a partition is through with the last message before its end, and what comes later isn't wanted")
    func lastMessage() {
        var rest = TopicRemainder(from: [first: 0, second: 2], to: [first: 2, second: 3])
        #expect(rest.take(batch([(first, 0), (second, 2), (second, 3)])).map(\.offset) == [0, 2])
        #expect(!rest.isEmpty)
        #expect(rest.take(batch([(first, 1)])).count == 1)
        #expect(rest.isEmpty)
    }

    @Test("a message behind the end, or the end itself, does where the last offset holds none")
    func hollow() {
        var behind = TopicRemainder(from: [first: 0], to: [first: 4])
        #expect(behind.take(batch([(first, 2), (first, 4)])).map(\.offset) == [2])
        #expect(behind.isEmpty)
        var ended = TopicRemainder(from: [first: 0, second: 0], to: [first: 4, second: 1])
        #expect(ended.take(batch([(first, 2)], ends: [first: 4])).count == 1)
        #expect(!ended.isEmpty)
        #expect(ended.take(batch([], ends: [second: 1])).isEmpty)
        #expect(ended.isEmpty)
    }

    @Test("nothing is left where reading begins at the end")
    func nothing() { #expect(TopicRemainder(from: [first: 4], to: [first: 4]).isEmpty) }
}
