import Testing

@testable import SomaKafka

@Suite("Offsets that a partition holds")
struct KafkaRangeTests {
    @Test(
        "what can't be is brought to what can",
        arguments: [
            (0, 7, 0, 7), (-1, 7, 0, 7), (9, 7, 9, 9), (.min, .max, 0, 1 << 48),
            (.max, .max, 1 << 48, 1 << 48),
        ] as [(Int64, Int64, Int64, Int64)]
    )
    func clamped(low: Int64, high: Int64, first: Int64, end: Int64) {
        #expect(KafkaRange(clamping: low, high) == KafkaRange(low: first, high: end))
    }
}
