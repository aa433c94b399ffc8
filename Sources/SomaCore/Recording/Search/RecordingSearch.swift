import Dispatch
import Synchronization

/// How far a search is and what it has found.
package struct SearchProgress: Sendable {
    /// The rows that match so far. A row is a line that claims to be a transition, counted from 0.
    package var matches = MatchSet()
    /// How many rows were looked at.
    package var rows = 0
    /// How much of the recording was looked at, in bytes.
    package var bytes = 0
    /// How large the recording is, in bytes.
    package var bytesTotal = 0
    /// Whether everything was looked at.
    package var isDone = false

    package init() {}
}

extension RecordingReader {
    /// Looks for transitions that pass a filter: from a place to the end, then from the start to that place.
    ///
    /// Blocks until all is done or it is told to stop: not for the cooperative threads. Words that a transition
    /// refers to are searched too, as far as the recording has them before it. Lines that can't be read are searched
    /// as the text they are.
    /// - Parameters:
    ///   - filter: What is looked for; one without terms matches everything.
    ///   - transition: After how many transitions to begin; the search begins at the keyframe before.
    ///   - threads: How many threads search.
    ///   - stretchBytes: How much is searched at once; `isCancelled` is asked before each.
    ///   - isCancelled: Whether nobody waits for the result any more.
    ///   - tell: Called from any of the threads, one at a time: at the first match, then about every
    ///     `SearchProgress.interval`, and at the end with `isDone`; not after `isCancelled` has said so.
    package func search(
        _ filter: Filter,
        from transition: Int = 0,
        threads: Int = 2,
        stretchBytes: Int = 1 << 18,
        isCancelled: @escaping @Sendable () -> Bool = { false },
        tell: @escaping @Sendable (SearchProgress) -> Void
    ) {
        let plan = SearchPlan(filter)
        let start = index.keyframes.last { !$0.isBase && $0.transitions <= transition }
        let from = start.map { ($0.offset, $0.transitions) } ?? (0, 0)
        let whole = SearchRun(self, plan, start: from, stretchBytes: stretchBytes)
        whole.perform(threads: threads, isCancelled: isCancelled, tell: tell)
        guard whole.isMisnumbered, !isCancelled() else { return }
        // Lines were left out when the keyframe was written or now: only counting from the start tells how many.
        anchors.distrustKeyframes()
        SearchRun(self, plan, start: (0, 0), stretchBytes: stretchBytes)
            .perform(threads: threads, isCancelled: isCancelled, tell: tell)
    }
}

extension SearchProgress {
    /// How often progress is told.
    package static let interval = Duration.milliseconds(40)
}

/// One pass over a recording: stretches are handed out in order and their results joined in order.
private final class SearchRun: Sendable {
    /// Where stretches begin is found as they are handed out.
    private struct Hand {
        var next: Int
        var end: Int
        var number = 0
        /// Whether this is the part before the place at which the search began.
        var hasWrapped: Bool
    }

    private struct Joined {
        var waiting: [Int: (range: Range<Int>, chunk: SearchChunk)] = [:]
        var next = 0
        var progress = SearchProgress()
        var row: Int
        var words: [ContentID: UInt32] = [:]
        /// Pending rows that refer to words before the place at which the search began.
        var open: [(row: Int, pending: SearchChunk.Pending)] = []
        var toldAt: ContinuousClock.Instant?
        var toldCount = 0
        var isMisnumbered = false
    }

    private let source: RecordingBytes
    private let reader: RecordingReader
    private let plan: SearchPlan
    private let start: (offset: Int, rows: Int)
    private let hand: Mutex<Hand>
    private let joined: Mutex<Joined>

    private let stretchBytes: Int

    init(_ reader: RecordingReader, _ plan: SearchPlan, start: (offset: Int, rows: Int), stretchBytes: Int) {
        self.stretchBytes = max(1, stretchBytes)
        self.reader = reader
        source = reader.source
        self.plan = plan
        self.start = start
        hand = Mutex(Hand(next: start.offset, end: reader.source.count, hasWrapped: start.offset == 0))
        var state = Joined(row: start.rows)
        state.progress.bytesTotal = reader.source.count
        joined = Mutex(state)
    }

    /// Whether the keyframe that the search began at counted other rows than there are.
    var isMisnumbered: Bool { joined.withLock { $0.isMisnumbered } }

    func perform(
        threads: Int,
        isCancelled: @escaping @Sendable () -> Bool,
        tell: @escaping @Sendable (SearchProgress) -> Void
    ) {
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, 16))) { _ in
            let searcher = ChunkSearcher(source, plan, hasWords: reader.index.contents > 0)
            while !isCancelled(), let (number, range) = take() {
                let chunk = searcher.search(range)
                joined.withLock { join(number, range, chunk, &$0, searcher, isCancelled, tell) }
            }
        }
        guard !isCancelled() else { return }
        joined.withLock { state in
            let searcher = ChunkSearcher(source, plan, hasWords: true)
            for (row, pending) in state.open
            where searcher.passes(pending, words: { state.words[$0] ?? 0 }) {
                state.progress.matches.insert(row)
            }
            state.open = []
            state.isMisnumbered = start.offset > 0 && state.row != start.rows
            state.progress.isDone = !state.isMisnumbered
            tell(state.progress)
        }
    }

    /// The next stretch: it ends where a line ends.
    private func take() -> (number: Int, range: Range<Int>)? {
        hand.withLock { hand in
            if hand.next >= hand.end {
                guard !hand.hasWrapped else { return nil }
                hand.hasWrapped = true
                hand.next = 0
                hand.end = start.offset
            }
            guard hand.next < hand.end else { return nil }
            let first = hand.next
            var last = min(hand.end, first + stretchBytes)
            if last < hand.end {
                let rest = UnsafeBufferPointer(rebasing: source.buffer[last..<hand.end])
                last = ByteNeedle([0x0A]).find(in: rest).map { last + $0 + 1 } ?? hand.end
            }
            hand.next = last
            defer { hand.number += 1 }
            return (hand.number, first..<last)
        }
    }

    /// Takes in the result of a stretch and of those that waited for it.
    private func join(
        _ number: Int,
        _ range: Range<Int>,
        _ chunk: SearchChunk,
        _ state: inout Joined,
        _ searcher: ChunkSearcher,
        _ isCancelled: () -> Bool,
        _ tell: (SearchProgress) -> Void
    ) {
        state.waiting[number] = (range, chunk)
        while let (range, chunk) = state.waiting.removeValue(forKey: state.next) {
            state.next += 1
            if range.lowerBound == 0 { state.row = 0 }
            add(chunk, &state, searcher, isWrapped: range.lowerBound < start.offset)
            reader.anchors.note(row: state.row, at: range.lowerBound)
            state.row += chunk.rows
            state.progress.rows += chunk.rows
            state.progress.bytes += range.count
        }
        let now = ContinuousClock.now
        let isFirst = state.toldCount == 0 && state.progress.matches.count > 0
        let isDue = state.toldAt.map { now - $0 >= SearchProgress.interval } ?? (state.next == 1)
        guard isFirst || isDue, !isCancelled() else { return }
        state.toldAt = now
        state.toldCount = state.progress.matches.count
        tell(state.progress)
    }

    private func add(_ chunk: SearchChunk, _ state: inout Joined, _ searcher: ChunkSearcher, isWrapped: Bool)
    {
        for row in chunk.matches { state.progress.matches.insert(state.row + row) }
        // Words in which something holds, before those of this stretch: pending rows refer to nothing here.
        for pending in chunk.pending {
            let isKnown = start.offset == 0 || isWrapped
            if isKnown || pending.references.allSatisfy({ state.words[$0] != nil || chunk.words[$0] != nil })
            {
                let words = { (id: ContentID) in state.words[id] ?? chunk.words[id] ?? 0 }
                if searcher.passes(pending, words: words) {
                    state.progress.matches.insert(state.row + pending.row)
                }
            } else {
                state.open.append((state.row + pending.row, pending))
            }
        }
        if !chunk.words.isEmpty { state.words.merge(chunk.words) { first, _ in first } }
    }
}
