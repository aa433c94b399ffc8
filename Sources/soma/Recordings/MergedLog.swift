import SomaCore

/// The logs of many runs as one, in the order in which things happened. Of each run that is under way at the same time
/// it holds a page or so, not of all that there ever were.
struct MergedLog {
    private struct Source {
        var pages: AsyncThrowingStream<[Transition], any Error>.Iterator
        var page: ArraySlice<Transition> = []
        var head: Transition

        init?(_ pages: AsyncThrowingStream<[Transition], any Error>) async throws {
            self.pages = pages.makeAsyncIterator()
            while let next = try await self.pages.next() {
                page = next[...]
                if let first = page.popFirst() {
                    head = first
                    return
                }
            }
            return nil
        }

        /// Goes on to the next transition; false where there is none.
        mutating func advance() async throws -> Bool {
            while page.isEmpty {
                guard let next = try await pages.next() else { return false }
                page = next[...]
            }
            guard let next = page.popFirst() else { return false }
            head = next
            return true
        }
    }

    private static let batchMax = 256

    private let daemon: Daemon
    /// Runs whose log begins later, the first last.
    private var ahead: [RunDocument]
    private var sources: [Source] = []

    /// - Parameter runs: The runs, the first started first.
    init(_ runs: [RunDocument], _ daemon: Daemon) {
        ahead = runs.reversed()
        self.daemon = daemon
    }

    /// What happened next; `nil` at the end.
    mutating func next() async throws -> [Transition]? {
        var batch: [Transition] = []
        while batch.count < Self.batchMax {
            let first = sources.indices.min { sources[$0].head.at < sources[$1].head.at }
            if let run = ahead.last, first.map({ run.startedAt.timestamp <= sources[$0].head.at }) ?? true {
                ahead.removeLast()
                if let source = try await Source(daemon.transitions(of: run.id, after: 0)) {
                    sources.append(source)
                }
                continue
            }
            guard let first else { break }
            batch.append(sources[first].head)
            if try await !sources[first].advance() { sources.remove(at: first) }
        }
        return batch.isEmpty ? nil : batch
    }
}
