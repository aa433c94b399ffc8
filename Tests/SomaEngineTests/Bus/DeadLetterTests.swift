import SomaCore
import Testing

@testable import SomaEngine

@Suite("Dead letters")
struct DeadLetterTests {
    private let message = BusMessage(
        partition: BusPartition(topic: "work", number: 3),
        offset: 17,
        key: Array("k".utf8),
        value: Array("{".utf8),
        headers: [BusHeader("ce_type", "soma.test")]
    )

    private func stored(_ record: BusRecord) -> BusMessage {
        BusMessage(
            partition: BusPartition(topic: record.topic, number: 0),
            offset: 0,
            key: record.key,
            value: record.value,
            headers: record.headers
        )
    }

    @Test("one reads back as it was put aside, and goes back as it came")
    func roundTrip() throws {
        let letter = DeadLetter(
            message,
            reason: "no JSON",
            at: Timestamp(microseconds: 1_700_000_000_000_000)
        )
        #expect(letter.record.topic == "work.dead-letters")
        let read = try #require(DeadLetter(stored: stored(letter.record)))
        #expect(read == letter)
        let again = try #require(read.redriven)
        #expect(
            again
                == BusRecord(topic: "work", key: message.key, value: message.value, headers: message.headers)
        )
    }

    @Test("one without its value can't go back, and says so")
    func withoutValue() throws {
        let record = BusRecord(topic: "work", key: message.key, value: message.value)
        let letter = DeadLetter(
            undelivered: record,
            reason: "too large",
            at: Timestamp(microseconds: 0),
            withoutValue: true
        )
        let read = try #require(DeadLetter(stored: stored(letter.record)))
        #expect(read.isWithoutValue)
        #expect(read.value == nil)
        #expect(read.redriven == nil)
    }

    @Test("a message that nobody put aside is none")
    func foreign() { #expect(DeadLetter(stored: message) == nil) }
}
