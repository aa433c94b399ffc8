import SomaCore
import Synchronization

/// The past of a daemon's runs, for as long as a console looks at it: fetched, written into a recording that has no
/// name, and played like any other.
final class PastReader: Sendable {
    private struct State {
        var number = 0
        var task: Task<Void, Never>?
        var player: PlayerQueue?
    }

    private let daemon: any LiveDaemon
    private let timing: ConsoleProgram.Timing
    private let queue: NewsQueue
    private let state = Mutex(State())

    /// How many logs are read at once.
    private static let readersMax = 6

    init(_ daemon: any LiveDaemon, _ timing: ConsoleProgram.Timing, _ queue: NewsQueue) {
        self.daemon = daemon
        self.timing = timing
        self.queue = queue
    }

    /// Fetches a past in place of the one before.
    func open(_ number: Int, _ runs: [PastRun]) {
        close()
        state.withLock { state in
            state.number = number
            state.task = Task { [self] in await read(number, runs) }
        }
    }

    /// Stops fetching, and lets go of what there is.
    func close() {
        let task = state.withLock { state in
            defer { state = State() }
            return state.task
        }
        task?.cancel()
    }

    /// Moves the cursor.
    func move(_ move: ReplayMove) {
        let (number, player) = state.withLock { ($0.number, $0.player) }
        player?.perform { [queue] player in
            queue.post(.past(.told(number: number, player.answer(move))))
        }
    }

    /// Looks something up in it.
    func look(_ work: @escaping @Sendable (RecordingLookup) -> SourceNews) {
        let (number, player) = state.withLock { ($0.number, $0.player) }
        player?.look { [queue] lookup in queue.post(.past(.told(number: number, [work(lookup)]))) }
    }

    private func read(_ number: Int, _ runs: [PastRun]) async {
        do {
            let spool = try PastSpool()
            let complete = try await fetch(number, runs, into: spool)
            try Task.checkCancellation()
            let recording = try await spool.finish(at: timing.now())
            let player = PlayerQueue(RecordingPlayer(recording))
            let isWanted = state.withLock { state in
                guard state.number == number else { return false }
                state.player = player
                return true
            }
            guard isWanted else { return }
            player.perform { [queue] player in
                let news = player.open(at: recording.index.transitions)
                queue.post(.past(.opened(number: number, runs: complete, news)))
            }
            player.survey { [queue, player] overview in
                // After what was told to open it.
                player.perform { _ in queue.post(.past(.told(number: number, [.overview(overview)]))) }
            }
        } catch {
            guard !Task.isCancelled else { return }
            queue.post(.past(.failed(number: number, "\(error)")))
        }
    }

    /// Reads the logs, several at once. Returns how many runs are there.
    private func fetch(_ number: Int, _ runs: [PastRun], into spool: PastSpool) async throws -> Int {
        let tally = Tally(runs)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(Self.readersMax, runs.count) {
                group.addTask { [self] in
                    while let (place, run) = tally.next() {
                        try Task.checkCancellation()
                        try await fetch(run, at: place, number, tally, into: spool)
                    }
                }
            }
            try await group.waitForAll()
        }
        return tally.runs
    }

    private func fetch(_ run: PastRun, at place: Int, _ number: Int, _ tally: Tally, into spool: PastSpool)
        async throws
    {
        var after: Int? = run.first
        var isThere = false
        while let seq = after, seq < run.last {
            let page = try await daemon.logPage(of: run.id, after: seq)
            // What has happened since belongs to the present.
            let wanted = page.transitions.filter { $0.seq <= run.last }
            guard try await spool.take(wanted, run: place) else { break }
            isThere = isThere || !wanted.isEmpty
            after = page.next
            if let progress = tally.note(wanted.count) {
                queue.post(.past(.progress(number: number, progress)))
            }
        }
        if isThere { tally.noteRun() }
    }

    /// What the readers share.
    private final class Tally: Sendable {
        private struct State {
            var next = 0
            var count = 0
            var said = 0
            var runs = 0
        }

        private let all: [PastRun]
        private let expected: Int
        private let state = Mutex(State())

        init(_ runs: [PastRun]) {
            all = runs
            expected = runs.reduce(0) { $0 + $1.count }
        }

        /// How many runs have been read.
        var runs: Int { state.withLock { $0.runs } }

        /// The next run to read.
        func next() -> (place: Int, run: PastRun)? {
            let place = state.withLock { state in
                defer { state.next += 1 }
                return state.next
            }
            return place < all.count ? (place, all[place]) : nil
        }

        /// Counts what was read; tells how much that is, 200 times at most.
        func note(_ count: Int) -> PastProgress? {
            state.withLock { state in
                state.count += count
                guard state.count - state.said >= max(1_000, expected / 200) else { return nil }
                state.said = state.count
                return PastProgress(told: state.count, expected: expected)
            }
        }

        func noteRun() { state.withLock { $0.runs += 1 } }
    }
}
