import SomaEngine
import Testing

@testable import SomaKafka

@Suite("What a consumer has in hand")
struct ConsumerStateTests {
    private let mine = BusPartition(topic: "work", number: 0)
    private let other = BusPartition(topic: "work", number: 1)

    private func batch(_ partitions: [BusPartition]) -> KafkaBatch {
        var batch = KafkaBatch()
        batch.messages = partitions.map { BusMessage(partition: $0, offset: 7, key: nil, value: [1]) }
        return batch
    }

    @Test("what came when nobody asked is kept, and not beyond the time that its partition is here")
    func spare() {
        var state = ConsumerState()
        state.give([mine, other])
        #expect(state.deliver(batch([mine, other])) == nil)
        #expect(state.spare.messages.map(\.partition) == [mine, other])
        // It goes to another member, who handles what is here, and comes back.
        state.take(away: [mine])
        state.give([mine])
        #expect(state.spare.messages.map(\.partition) == [other])
    }
}
