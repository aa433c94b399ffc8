/// How many transitions a page has: as many as are worth a question, and no more than memory has room for.
///
/// While page follows on page, the next transitions are taken to weigh what the last ones did: to weigh each page beforehand
/// would cost a part of what the relay carries. The store is asked where nothing is known yet, or not any more.
struct RelayPageSize: Sendable {
    /// After how long without reading the log may hold what is nothing like what was read last.
    static let staleAfter = Duration.seconds(1)
    /// How much larger than the one before a page is at most.
    static let growthMax = 4

    let rowsMax: Int
    let bytesMax: Int
    /// How many transitions the next page has at most.
    private(set) var rows: Int

    /// - Parameters:
    ///   - rowsMax: The most that a page has. At the end of each there is nothing to do but to wait for the broker: with larger
    ///     pages that is rarer.
    ///   - bytesMax: What a page is to weigh at most; three pages are in memory at a time. Transitions as runs write them come
    ///     nowhere near it.
    init(rowsMax: Int = 16_000, bytesMax: Int = 32 << 20) {
        self.rowsMax = rowsMax
        self.bytesMax = bytesMax
        rows = rowsMax
    }

    /// A page was read.
    mutating func read(_ count: Int, bytes: Int) {
        guard count > 0 else { return }
        let fitting = bytesMax / max(1, (bytes + count - 1) / count)
        rows = max(1, min(rowsMax, rows * Self.growthMax, fitting))
    }

    /// The store has said how many the next page may have.
    mutating func set(_ rows: Int) { self.rows = max(1, min(rowsMax, rows)) }
}
