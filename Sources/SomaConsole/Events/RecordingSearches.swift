import Dispatch
import SomaCore
import Synchronization

/// Searches, one at a time and beside the reading: the cursor moves and rows come while one goes on.
final class RecordingSearches: Sendable {
    private let reader: RecordingReader
    private let wanted = Mutex<Set<Int>>([])
    private let queue = DispatchQueue(label: "soma.console.search")

    init(_ reader: RecordingReader) { self.reader = reader }

    func begin(
        _ number: Int,
        _ filter: Filter,
        from row: Int,
        tell: @escaping @Sendable (SourceNews) -> Void
    ) {
        wanted.withLock { _ = $0.insert(number) }
        queue.async { [self] in
            reader.search(
                filter,
                from: row,
                isCancelled: { !self.wanted.withLock { $0.contains(number) } },
                tell: { tell(.found(number, $0)) }
            )
            stop(number)
        }
    }

    func stop(_ number: Int) { wanted.withLock { _ = $0.remove(number) } }

    func stopAll() { wanted.withLock { $0 = [] } }
}

extension RecordingLookup {
    /// Rows, decoded.
    func rows(_ rows: [Int]) -> SourceNews { .rows(reader.rows(rows)) }

    /// Rows, decoded, for an export.
    func page(_ number: Int, _ rows: [Int]) -> SourceNews { .page(number, reader.rows(rows)) }

    /// All that a search finds.
    func search(_ number: Int, _ filter: Filter, from row: Int) -> SourceNews {
        let last = Mutex(SearchProgress())
        reader.search(filter, from: row) { progress in last.withLock { $0 = progress } }
        return .found(number, last.withLock { $0 })
    }
}
