import SomaCore
import SomaTesting
import Synchronization
import Testing

@testable import SomaEngine

@Suite("How much a relay reads at a time")
struct RelayReaderTests {
    /// A log in memory that keeps what it was asked for.
    private final class Log: RelayTurn {
        struct Asked {
            let limit: Int
            let weight: Int
        }

        let rows: [RawTransition]
        let asked = Mutex<[Asked]>([])

        /// - Parameter bodies: How many bytes of words each transition has beside its envelope.
        init(_ bodies: [Int]) {
            var run = ContractRun("run-1")
            rows = bodies.enumerated().map { index, count in
                let text = String(repeating: "w", count: count)
                let bytes = run.next(.nodeEntered, node: "Plan", body: ["text": .string(text)]).cloudEvent()
                return RawTransition(
                    position: Int64(index + 1) * 10,
                    seq: index + 1,
                    checksum: Checksum.of(bytes),
                    bytes: bytes
                )
            }
        }

        func place() -> Position { .start }
        func keep(_ place: Position) {}
        func count(after place: Position) -> Int { rows.count { $0.position > place.rawValue } }

        func rows(after place: Position, atMost most: Int, weighing bytes: Int) -> Int {
            var (rows, weight) = (0, 0)
            for row in self.rows.lazy.filter({ $0.position > place.rawValue }).prefix(most) {
                weight += row.bytes.count
                guard weight <= bytes else { return max(1, rows) }
                rows += 1
            }
            return most
        }

        func page(after place: Position, limit: Int) -> RelayPage {
            let page = RelayPage(
                Array(rows.filter { $0.position > place.rawValue }.prefix(limit)),
                at: "memory"
            )
            asked.withLock { $0.append(Asked(limit: limit, weight: page.weight)) }
            return page
        }
    }

    /// Reads a log to its end, and sees that all of it comes once and in order.
    private func read(_ log: Log, _ size: RelayPageSize) async throws -> [Log.Asked] {
        var reader = RelayReader(log, size: size)
        var values: [[UInt8]?] = []
        var end = Position.start
        while true {
            let reading = try await reader.next(after: end)
            values += reading.parcels.flatMap(\.records).map(\.value)
            end = reading.end ?? end
            #expect(reading.isFull || values.count == log.rows.count)
            if !reading.isFull { break }
        }
        await reader.stop()
        #expect(values == log.rows.map(\.bytes))
        #expect(end.rawValue == log.rows.last?.position)
        return log.asked.withLock(\.self)
    }

    @Test(
        "pages of large transitions stay within what memory has room for, from the first on, and lose none",
        arguments: 0..<20 as Range<UInt64>
    )
    func large(seed: UInt64) async throws {
        var generator = SeededGenerator(seed)
        let body = Int.random(in: 2_000...9_000, using: &generator)
        let log = Log(Array(repeating: body, count: Int.random(in: 100...300, using: &generator)))
        let asked = try await read(log, RelayPageSize(rowsMax: 200, bytesMax: 100_000))
        #expect(asked.allSatisfy { $0.weight <= 100_000 })
        #expect(asked.count > log.rows.count * body / 100_000)
    }

    @Test(
        "the first page is as large as fits, whatever each transition weighs",
        arguments: 0..<20 as Range<UInt64>
    )
    func first(seed: UInt64) async throws {
        var generator = SeededGenerator(seed)
        let log = Log((0..<100).map { _ in Int.random(in: 0...60_000, using: &generator) })
        var reader = RelayReader(log, size: RelayPageSize(rowsMax: 200, bytesMax: 100_000))
        let count = try await reader.next(after: .start).count
        await reader.stop()
        let weight = { log.rows.prefix($0).reduce(0) { $0 + $1.bytes.count } }
        #expect(weight(count) <= 100_000 && weight(count + 1) > 100_000)
    }

    @Test("pages of small transitions have as many as a page may have")
    func small() async throws {
        let asked = try await read(Log(Array(repeating: 10, count: 3_000)), RelayPageSize(rowsMax: 200))
        #expect(asked.allSatisfy { $0.limit == 200 })
        #expect(asked.count == 16)
    }

    @Test(
        "a size goes by what was read last, whatever comes in which order",
        arguments: 0..<200 as Range<UInt64>
    )
    func sizes(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let bytesMax = 100_000
        var size = RelayPageSize(rowsMax: 800, bytesMax: bytesMax)
        var weight = 100
        for _ in 0..<60 {
            if Int.random(in: 0..<5, using: &generator) == 0 {
                weight = Int.random(
                    in: 1...(Bool.random(using: &generator) ? 400 : 300_000),
                    using: &generator
                )
            }
            let limit = size.rows
            #expect((1...800).contains(limit))
            let count = Bool.random(using: &generator) ? limit : Int.random(in: 0...limit, using: &generator)
            size.read(count, bytes: count * weight)
            if count == 0 {
                #expect(size.rows == limit)
            } else {
                #expect(size.rows == 1 || size.rows * weight <= bytesMax)
                #expect(size.rows <= limit * RelayPageSize.growthMax)
            }
            if Int.random(in: 0..<10, using: &generator) == 0 {
                let rows = Int.random(in: 0...1_000, using: &generator)
                size.set(rows)
                #expect(size.rows == min(max(rows, 1), 800))
            }
        }
    }
}
