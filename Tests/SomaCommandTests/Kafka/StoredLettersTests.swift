import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import soma

@Suite("Letters read some at a time")
struct StoredLettersTests {
    private func partition(_ number: Int32) -> BusPartition { BusPartition(topic: "dead", number: number) }

    @Test("few letters are read together, many of one partition alone, and all in order")
    func groups() {
        let starts: [BusPartition: Int64] = [
            partition(0): 0, partition(1): 7, partition(2): 0, partition(3): 5, partition(4): 0,
            partition(5): 0,
        ]
        let ends: [BusPartition: Int64] = [
            partition(0): 300, partition(1): 207, partition(2): 1, partition(3): 5, partition(4): 1_000_000,
            partition(5): 2,
        ]
        let groups = StoredLetters.groups(from: starts, to: ends)
        // The fourth has none.
        #expect(groups.map { $0.map(\.number) } == [[0, 1], [2], [4], [5]])
        #expect(StoredLetters.groups(from: [:], to: [:]).isEmpty)
    }

    @Test(
        "no group of several partitions holds more than a batch, whatever there is",
        arguments: UInt64(0)..<20
    )
    func bound(seed: UInt64) {
        var random = SeededGenerator(seed)
        var (starts, ends): ([BusPartition: Int64], [BusPartition: Int64]) = ([:], [:])
        for number in 0..<Int32.random(in: 0..<40, using: &random) {
            starts[partition(number)] = Int64.random(in: 0..<100, using: &random)
            ends[partition(number)] =
                starts[partition(number)]!
                + Int64.random(in: 0..<(Bool.random(using: &random) ? 50 : 2_000), using: &random)
        }
        func count(_ partition: BusPartition) -> Int64 { ends[partition]! - starts[partition]! }
        let groups = StoredLetters.groups(from: starts, to: ends)
        for group in groups where group.count > 1 {
            #expect(group.reduce(0) { $0 + count($1) } <= Int64(StoredLetters.batch))
        }
        #expect(groups.flatMap { $0 } == starts.keys.filter { count($0) > 0 }.sorted())
    }

    @Test("of what was sent back, each partition's last letter is noted once")
    func notes() {
        func stored(_ number: Int32, _ offset: Int64, hasValue: Bool = true) -> StoredLetter {
            let record = BusRecord(topic: "orders", key: nil, value: [1])
            return StoredLetter(
                message: BusMessage(partition: partition(number), offset: offset, key: nil, value: [1]),
                letter: DeadLetter(
                    undelivered: record,
                    reason: "",
                    at: Timestamp(microseconds: 0),
                    withoutValue: !hasValue
                )
            )
        }
        var redriving = Redriving()
        redriving.take([stored(0, 3), stored(0, 4, hasValue: false), stored(1, 0)])
        #expect((redriving.found, redriving.kept, redriving.sendable) == (3, 1, 2))
        #expect(!redriving.isNoteDue)
        let noted = redriving.noted().sorted { $0.partition < $1.partition }
        #expect(noted.map(\.offset) == [4, 0])
        #expect(noted.allSatisfy { $0.value == nil })
        #expect(redriving.noted().isEmpty)
        redriving.take((0..<10_000).map { stored(2, $0) })
        #expect(redriving.isNoteDue)
        #expect(redriving.found == 10_003)
    }

    @Test("a table said in pages has its header once, and columns that never get narrower")
    func pages() {
        let style = OutputStyle(isTerminal: false, hasColor: false, columns: 80, limit: nil)
        var table = TextTable(["A", "B"])
        table.rows = [[("wide cell", nil), ("x", nil)]]
        let whole = table.lines(style)
        #expect(table.page(style) == whole)
        #expect(table.rows.isEmpty)
        table.rows = [[("y", nil), ("z", nil)]]
        #expect(table.page(style) == ["y          z"])
    }
}
