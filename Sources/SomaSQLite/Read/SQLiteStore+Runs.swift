public import SomaCore
public import SomaEngine

extension SQLiteStore {
    /// The state of one run, up to a transition of it; `nil` where there is no such run.
    public func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState? {
        let raw = try await reader.perform("read") { session in
            try session.first(
                "SELECT \(RawRun.columns) FROM run r LEFT JOIN snapshot s ON s.run = r.number WHERE r.id = ?",
                [.text(id.rawValue)]
            ) { RawRun($0) }
        }
        guard let raw else { return nil }
        let end = seq.map { min(max($0, 0), raw.seq) } ?? raw.seq
        var state = RunState(id: id)
        if raw.snapshotSeq <= end, let stored = try raw.storedState(at: path) { state = stored }
        while state.seq < end {
            let rows = try await page(of: raw.number, after: state.seq, through: end, limit: .max)
            guard !rows.isEmpty else {
                // What a fork shares with the run that it comes from is in that run's log.
                if state.seq == 0, let origin = try await origin(of: raw), end <= origin.seq {
                    return try await run(origin.run, at: end)
                }
                throw RawRun.damaged(id, "its log ends at \(state.seq) instead of \(raw.seq)", path)
            }
            try state.fold(rows, at: path)
        }
        return state
    }

    /// Where a fork comes from; `nil` for a run that is none.
    private func origin(of raw: RawRun) async throws(StoreError) -> RunState.Origin? {
        var state = RunState(id: raw.id)
        try state.fold(try await page(of: raw.number, after: 0, through: raw.seq, limit: 1), at: path)
        return state.origin
    }

    /// The states of runs, the latest started first: snapshots with their tails folded in.
    public func runs(_ filter: RunFilter) async throws(StoreError) -> [RunState] {
        var states: [RunState] = []
        var place = RunPlace.newest
        if let after = filter.after {
            guard let found = try await self.place(of: after) else { return [] }
            place = found
        }
        while states.count < filter.limit {
            let (from, count) = (place, min(filter.limit - states.count, RunPlace.pageRunsMax))
            let page = try await reader.perform("read") { session in
                try session.reading { try from.page(filter.ended, limit: count, session) }
            }
            guard let last = page.last else { break }
            states += try await foldedInParallel(page)
            place = RunPlace(started: last.started, number: last.number)
        }
        return states
    }

    private func place(of run: RunID) async throws(StoreError) -> RunPlace? {
        try await reader.perform("read") { session in
            try session.first("SELECT started, number FROM run WHERE id = ?", [.text(run.rawValue)]) {
                RunPlace(started: $0.int(0), number: $0.int(1))
            }
        }
    }

    /// Reading states as values is most of the work of a long list, so both halves of a page are read at once.
    private func foldedInParallel(_ page: [RawRun]) async throws(StoreError) -> [RunState] {
        guard page.count > 16 else { return try await folded(page) }
        let middle = page.count / 2
        async let first = outcome(Array(page[..<middle]))
        async let second = outcome(Array(page[middle...]))
        let (front, back) = await (first, second)
        return try front.get() + back.get()
    }

    private func outcome(_ page: [RawRun]) async -> Result<[RunState], StoreError> {
        do throws(StoreError) {
            return .success(try await folded(page))
        } catch { return .failure(error) }
    }

    private func folded(_ page: [RawRun]) async throws(StoreError) -> [RunState] {
        var states: [RunState] = []
        states.reserveCapacity(page.count)
        for raw in page {
            var state = try raw.storedState(at: path) ?? RunState(id: raw.id)
            if state.seq == raw.snapshotSeq { try state.fold(raw.tail, at: path) }
            // Where the stored state was another version's, or the tail too long for one page.
            if state.seq != raw.seq {
                guard let whole = try await run(raw.id, at: raw.seq) else { continue }
                state = whole
            }
            states.append(state)
        }
        return states
    }
}

/// A place in the list of runs, the latest started first.
private struct RunPlace: Sendable {
    let started: Int64
    let number: Int64

    static let newest = RunPlace(started: .max, number: .max)
    static let pageRunsMax = 250
    /// How much of the log a page of runs holds; what is beyond is read run by run.
    static let pageBytesMax = 32 << 20

    func page(_ ended: Bool?, limit: Int, _ session: SQLSession) throws -> [RawRun] {
        let condition =
            switch ended {
            case .some(true): "AND r.ended IS NOT NULL"
            case .some(false): "AND r.ended IS NULL"
            case .none: ""
            }
        var runs = try session.rows(
            """
            SELECT \(RawRun.columns) FROM run r LEFT JOIN snapshot s ON s.run = r.number
            WHERE (r.started, r.number) < (?, ?) \(condition)
            ORDER BY r.started DESC, r.number DESC LIMIT ?
            """,
            [.int(started), .int(number), .int(limit)]
        ) { RawRun($0) }
        var bytes = 0
        for index in runs.indices where bytes < Self.pageBytesMax && runs[index].seq > runs[index].snapshotSeq
        {
            let run = runs[index]
            runs[index].tail = try LogReader.page(
                session,
                LogReader.ofRun,
                [.int(run.number), .int(run.snapshotSeq), .int(run.seq), .int(LogReader.pageRowsMax)]
            )
            bytes += runs[index].tail.reduce(0) { $0 + $1.bytes.count }
        }
        return runs
    }
}
