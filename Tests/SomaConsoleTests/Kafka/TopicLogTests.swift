import SomaCore
import Testing

@testable import SomaConsole

@Suite("The messages of a topic")
struct TopicLogTests {
    static func batch(_ offsets: Range<Int64>, partition: Int32 = 0, size: Int = 1) -> TopicBatch {
        var batch = TopicBatch()
        batch.records = offsets.map {
            TopicRecord(.init(partition, $0), key: nil, value: Array(repeating: 0x61, count: size))
        }
        batch.read = offsets.count
        return batch
    }

    @Test("the latest are kept, each at its place, however they came")
    func places() {
        var log = TopicLog()
        var (next, generator) = (Int64(0), SystemRandomNumberGenerator())
        while next < 120_000 {
            let count = Int64.random(in: 0...4_000, using: &generator)
            log.take(Self.batch(next..<next + count))
            next += count
        }
        #expect(log.matched == Int(next))
        #expect(log.range.upperBound == Int(next))
        #expect(log.range.count <= TopicLog.recordsMax)
        #expect(log.range.count > TopicLog.recordsMax - 4_001)
        for place in [log.range.lowerBound, log.range.upperBound - 1]
            + (0..<200).map({ _ in log.range.randomElement()! })
        {
            #expect(log[place]?.place.offset == Int64(place))
        }
        #expect(log[log.range.lowerBound - 1] == nil)
        #expect(log[log.range.upperBound] == nil)
    }

    @Test("large messages are kept up to so many bytes, and at least the last batch")
    func bytes() {
        var log = TopicLog()
        for batch in 0..<40 { log.take(Self.batch(Int64(batch)..<Int64(batch) + 1, size: 4 << 20)) }
        #expect((14...16).contains(log.range.count))
        log.take(Self.batch(100..<101, size: 128 << 20))
        #expect(log.range.count == 1)
    }

    @Test("messages of several partitions come in the order of their times, each partition's in its own")
    func merging() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var batch = TopicBatch()
            for partition in Int32(0)..<4 {
                for offset in Int64(0)..<Int64.random(in: 0...6, using: &generator) {
                    let time = Int64.random(in: 0...20, using: &generator)
                    batch.records.append(
                        TopicRecord(
                            .init(partition, offset),
                            at: time == 0 ? nil : Timestamp(microseconds: time),
                            key: nil,
                            value: nil
                        )
                    )
                }
            }
            let before = batch.records
            batch.mergeByTime()
            #expect(Set(batch.records) == Set(before) && batch.records.count == before.count)
            for partition in Int32(0)..<4 {
                let offsets = batch.records.filter { $0.place.partition == partition }.map(\.place.offset)
                #expect(offsets == offsets.sorted())
            }
        }
        var batch = TopicBatch()
        batch.records = [(0, 5), (0, 9), (1, 3), (1, 7)].map {
            TopicRecord(.init($0.0, $0.1), at: Timestamp(microseconds: $0.1), key: nil, value: nil)
        }
        batch.mergeByTime()
        #expect(batch.records.map(\.place.offset) == [3, 5, 7, 9])
    }

    @Test(
        "a person says where to begin",
        arguments: [
            ("beginning", TopicStart.beginning), ("end", .end), ("-100", .last(100)),
            ("@5000", .offset(5000)),
            ("10m", .moment(start + .seconds(-600))),
            ("2026-01-31T14:00:00Z", .moment(Timestamp("2026-01-31T14:00:00Z")!)),
            ("14:00:00", .moment(start)),
        ]
    )
    func starts(text: String, expected: TopicStart) {
        #expect(TopicStart(text, now: start, clock: ClockFace()) == expected)
    }

    @Test(
        "what is no place is none",
        arguments: ["", "-", "-x", "@", "@-1", "soon", "99999999999999999999d", "-0"]
    )
    func noStarts(text: String) {
        #expect(TopicStart(text, now: start, clock: ClockFace()) == nil)
    }
}
