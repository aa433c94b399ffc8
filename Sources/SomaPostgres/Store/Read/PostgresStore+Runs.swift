package import SomaCore
package import SomaEngine

extension PostgresStore {
    /// The most rows that one statement reads.
    static let pageRowsMax = 1024
    /// The most runs in a page of a list, and how much of each one's log comes with it.
    private static let pageRunsMax = 250
    private static let tailRowsMax = 64

    /// The state of one run, up to a transition of it; `nil` where there is no such run.
    package func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState? {
        guard id.isStorable else { return nil }
        let rows = try await asking("read") { () async throws(PostgresError) in
            try RunRows.read(
                try await pool.query(
                    Self.oneRun,
                    [.text(id.rawValue), .int4(Int32(clamping: max(seq ?? .max, 0)))]
                )
            )
        }
        guard let raw = rows.first else { return nil }
        let end = seq.map { min(max($0, 0), raw.seq) } ?? raw.seq
        var state = RunState(id: id)
        var tail = raw.tail
        if raw.snapshotSeq <= end {
            if let stored = try raw.storedState(at: address) {
                state = stored
            } else if raw.snapshotSeq > 0 {
                // Another version's state: the log is read from its beginning.
                tail = []
            }
        }
        try state.fold(tail, at: address)
        while state.seq < end {
            let rows = try await page(of: id, after: state.seq, through: end, limit: Self.pageRowsMax)
            guard !rows.isEmpty else {
                // What a fork shares with the run that it comes from is in that run's log.
                if state.seq == 0, let origin = try await origin(of: id, end: raw.seq), end <= origin.seq {
                    return try await run(origin.run, at: end)
                }
                throw RawRun.damaged(id, "its log ends at \(state.seq) instead of \(raw.seq)", address)
            }
            try state.fold(rows, at: address)
        }
        return state
    }

    private static let oneRun = """
        WITH heads AS MATERIALIZED (SELECT number, day, seq, started, id FROM soma.run WHERE id = $1)
        \(RunRows.head)
        UNION ALL
        \(RunRows.tails(from: "CASE WHEN s.seq <= $2 THEN s.seq ELSE 0 END", through: "$2", limit: pageRowsMax))
        """

    /// Where a fork comes from; `nil` for a run that is none.
    private func origin(of id: RunID, end: Int) async throws(StoreError) -> RunState.Origin? {
        var state = RunState(id: id)
        try state.fold(try await page(of: id, after: 0, through: end, limit: 1), at: address)
        return state.origin
    }

    /// The states of runs, the latest started first: snapshots with their tails folded in.
    package func runs(_ filter: RunFilter) async throws(StoreError) -> [RunState] {
        var states: [RunState] = []
        var (started, number) = (Int64.max, Int64.max)
        if let after = filter.after {
            guard let place = try await place(of: after) else { return [] }
            (started, number) = place
        }
        while states.count < filter.limit {
            let count = min(filter.limit - states.count, Self.pageRunsMax)
            let values: [PostgresValue] = [.int8(started), .int8(number), .int8(Int64(count))]
            let page = try await asking("read") { () async throws(PostgresError) in
                try RunRows.read(try await pool.query(Self.runList(ended: filter.ended), values))
            }
            let sorted = page.sorted { ($0.started, $0.number) > ($1.started, $1.number) }
            guard let last = sorted.last else { break }
            states += try await foldedInParallel(sorted)
            (started, number) = (last.started, last.number)
        }
        return states
    }

    private static func runList(ended: Bool?) -> String {
        let condition =
            switch ended {
            case .some(true): "AND ended IS NOT NULL"
            case .some(false): "AND ended IS NULL"
            case .none: ""
            }
        return """
            WITH heads AS MATERIALIZED (
              SELECT number, day, seq, started, id FROM soma.run WHERE (started, number) < ($1, $2) \(condition)
              ORDER BY started DESC, number DESC LIMIT $3)
            \(RunRows.head)
            UNION ALL
            \(RunRows.tails(from: "coalesce(s.seq, 0)", through: "h.seq", limit: tailRowsMax))
            """
    }

    private func place(of run: RunID) async throws(StoreError) -> (Int64, Int64)? {
        guard run.isStorable else { return nil }
        return try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                "SELECT started, number FROM soma.run WHERE id = $1",
                [.text(run.rawValue)]
            )
            guard let row = rows.first else { return nil }
            return (try row.int8(0), try row.int8(1))
        }
    }

    /// Reading states as values is most of the work of a long list, so both halves of a page are read at once.
    private func foldedInParallel(_ page: [RawRun]) async throws(StoreError) -> [RunState] {
        guard page.count > 16 else { return try await folded(page[...]) }
        let middle = page.count / 2
        async let first = outcome(page[..<middle])
        async let second = outcome(page[middle...])
        let (front, back) = await (first, second)
        return try front.get() + back.get()
    }

    private func outcome(_ page: ArraySlice<RawRun>) async -> Result<[RunState], StoreError> {
        do throws(StoreError) {
            return .success(try await folded(page))
        } catch { return .failure(error) }
    }

    private func folded(_ page: ArraySlice<RawRun>) async throws(StoreError) -> [RunState] {
        var states: [RunState] = []
        states.reserveCapacity(page.count)
        for raw in page {
            var state = try raw.storedState(at: address) ?? RunState(id: raw.id)
            if state.seq == raw.snapshotSeq { try state.fold(raw.tail, at: address) }
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
