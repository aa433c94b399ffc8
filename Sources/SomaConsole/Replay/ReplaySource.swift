import Dispatch
package import SomaCore

/// A recording as a source: what the console asks for is read on queues of its own, moves on one and words and logs
/// on another, so that a long log never holds up the cursor.
package final class ReplaySource: ConsoleSource {
    package let news: AsyncStream<SourceNews>
    private let continuation: AsyncStream<SourceNews>.Continuation
    private let player: PlayerQueue
    private let searches: RecordingSearches

    /// Opens a recording.
    /// - Parameters:
    ///   - reader: The recording.
    ///   - transition: After how many transitions to begin; `nil` is the end.
    package init(_ reader: RecordingReader, at transition: Int? = nil) {
        (news, continuation) = AsyncStream.makeStream()
        player = PlayerQueue(RecordingPlayer(reader))
        searches = RecordingSearches(reader)
        player.perform { [continuation] player in
            for news in player.open(at: transition ?? reader.index.transitions) { continuation.yield(news) }
        }
        player.survey { [continuation] overview in continuation.yield(.overview(overview)) }
    }

    package func send(_ request: SourceRequest) {
        switch request {
        case .words(let ids):
            player.look { [continuation] lookup in continuation.yield(.words(lookup.words(ids))) }
        case .journal(let run):
            player.look { [continuation] lookup in continuation.yield(.journal(run, lookup.log(of: run))) }
        case .rows(let rows): player.look { [continuation] lookup in continuation.yield(lookup.rows(rows)) }
        case .page(let number, let rows):
            player.look { [continuation] lookup in continuation.yield(lookup.page(number, rows)) }
        case .search(let number, let filter, let row):
            searches.begin(number, filter, from: row) { [continuation] news in continuation.yield(news) }
        case .stopSearch(let number): searches.stop(number)
        case .tail(let run, let seq):
            player.look { [continuation] lookup in
                continuation.yield(.tail(run, lookup.log(of: run).filter { $0.seq > seq }))
            }
        case .transition, .command, .replay, .past:
            player.perform { [continuation] player in
                for news in player.answer(request) { continuation.yield(news) }
            }
        }
    }

    package func close() {
        searches.stopAll()
        continuation.finish()
    }
}

/// A player, the queue that owns it, and one for what doesn't move it. `@unchecked Sendable`: the player is touched
/// on its queue only, which runs one thing at a time; the lookup is safe from any thread.
final class PlayerQueue: @unchecked Sendable {
    private var player: RecordingPlayer
    private let lookup: RecordingLookup
    private let moving = DispatchQueue(label: "soma.console.replay")
    private let looking = DispatchQueue(label: "soma.console.replay.look")

    init(_ player: RecordingPlayer) {
        self.player = player
        lookup = player.lookup
    }

    /// Moves the cursor, after the moves before.
    func perform(_ work: @escaping @Sendable (inout RecordingPlayer) -> Void) {
        moving.async { work(&self.player) }
    }

    /// Reads through all of it, beside everything else, for what only that tells.
    func survey(_ tell: @escaping @Sendable (ReplayOverview) -> Void) {
        DispatchQueue.global(qos: .utility).async { [lookup] in tell(lookup.overview()) }
    }

    /// Looks something up, after what was looked up before.
    func look(_ work: @escaping @Sendable (RecordingLookup) -> Void) {
        looking.async { [lookup] in work(lookup) }
    }
}
