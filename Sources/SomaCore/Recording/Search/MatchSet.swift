/// Which rows of a long list match: a bit for each, so that a million matches cost as little as none.
package struct MatchSet: Sendable, Hashable {
    private var words: [UInt64] = []
    /// How many rows match in each block of words.
    private var blocks: [Int] = []
    /// How many rows match.
    package private(set) var count = 0

    private static let blockWords = 64
    /// Rows are dropped in multiples of so many.
    package static let droppedUnit = blockWords * 64

    package init() {}

    /// Makes a set of rows.
    package init(_ rows: some Sequence<Int>) { for row in rows { insert(row) } }

    /// Whether a row matches.
    package func contains(_ row: Int) -> Bool {
        row >= 0 && row >> 6 < words.count && words[row >> 6] >> UInt64(row & 63) & 1 == 1
    }

    /// Adds a row; one that is there stays.
    package mutating func insert(_ row: Int) {
        guard row >= 0 else { return }
        let word = row >> 6
        while words.count <= word {
            words.append(0)
            if (words.count - 1) % Self.blockWords == 0 { blocks.append(0) }
        }
        let bit = UInt64(1) << UInt64(row & 63)
        guard words[word] & bit == 0 else { return }
        words[word] |= bit
        blocks[word / Self.blockWords] += 1
        count += 1
    }

    /// Forgets the first rows; those behind them count from 0 again.
    /// - Parameter rows: A multiple of `droppedUnit`.
    package mutating func dropFirst(_ rows: Int) {
        precondition(rows >= 0 && rows % Self.droppedUnit == 0, "rows are dropped in whole blocks")
        let dropped = min(rows / Self.droppedUnit, blocks.count)
        count -= blocks.prefix(dropped).reduce(0, +)
        blocks.removeFirst(dropped)
        words.removeFirst(min(words.count, dropped * Self.blockWords))
    }

    /// The row that so many matches come before; `nil` past the last.
    package func row(at place: Int) -> Int? {
        guard place >= 0, place < count else { return nil }
        var rest = place
        var block = 0
        while rest >= blocks[block] {
            rest -= blocks[block]
            block += 1
        }
        var word = block * Self.blockWords
        while rest >= words[word].nonzeroBitCount {
            rest -= words[word].nonzeroBitCount
            word += 1
        }
        var bits = words[word]
        for _ in 0..<rest { bits &= bits &- 1 }
        return word << 6 + bits.trailingZeroBitCount
    }

    /// How many matches come before a row.
    package func count(before row: Int) -> Int {
        guard row > 0 else { return 0 }
        let word = min(row >> 6, words.count)
        let block = word / Self.blockWords
        var total = blocks.prefix(block).reduce(0, +)
        for index in block * Self.blockWords..<max(block * Self.blockWords, word) {
            total += words[index].nonzeroBitCount
        }
        guard word < words.count, row & 63 > 0 else { return total }
        return total + (words[word] & (UInt64(1) << UInt64(row & 63) - 1)).nonzeroBitCount
    }

    /// The nearest matching row behind a row.
    package func next(after row: Int) -> Int? { self.row(at: count(before: row + 1)) }

    /// The nearest matching row before a row.
    package func previous(before row: Int) -> Int? { self.row(at: count(before: row) - 1) }
}
