import Dispatch
package import SomaCore

/// A recording as a source: what the console asks for is read on a queue of its own.
package final class ReplaySource: ConsoleSource {
    package let news: AsyncStream<SourceNews>
    private let continuation: AsyncStream<SourceNews>.Continuation
    private let reading: Reading

    /// Opens a recording.
    /// - Parameters:
    ///   - reader: The recording.
    ///   - transition: After how many transitions to begin; `nil` is the end.
    package init(_ reader: RecordingReader, at transition: Int? = nil) {
        (news, continuation) = AsyncStream.makeStream()
        reading = Reading(RecordingPlayer(reader))
        reading.perform { [continuation] player in
            for news in player.open(at: transition ?? reader.index.transitions) { continuation.yield(news) }
        }
    }

    package func send(_ request: SourceRequest) {
        reading.perform { [continuation] player in
            for news in player.answer(request) { continuation.yield(news) }
        }
    }

    package func close() { continuation.finish() }

    /// The player and the queue that owns it. `@unchecked Sendable`: the player is touched on the queue only, which
    /// runs one thing at a time.
    private final class Reading: @unchecked Sendable {
        private var player: RecordingPlayer
        private let queue = DispatchQueue(label: "soma.console.replay")

        init(_ player: RecordingPlayer) { self.player = player }

        func perform(_ work: @escaping @Sendable (inout RecordingPlayer) -> Void) {
            queue.async { work(&self.player) }
        }
    }
}
