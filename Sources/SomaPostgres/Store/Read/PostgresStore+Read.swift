package import SomaCore
package import SomaEngine

extension PostgresStore {
    /// The place before which no transition is missing any more.
    ///
    /// While other transactions are under way that may still commit before the last one, they are waited for a moment.
    package func head() async throws(StoreError) -> Position {
        var wait = RetryWait(options.horizonWait)
        while true {
            let (place, isHeld) = try await end()
            if isHeld, await wait.isWorthwhile() { continue }
            return Position(place)
        }
    }

    private func end() async throws(StoreError) -> (Int64, Bool) {
        try await asking("read") { () async throws(PostgresError) in
            guard let row = try await pool.query("SELECT place, is_held FROM soma.head()").first else {
                return (0, false)
            }
            return (try row.int8(0), try row.bool(1))
        }
    }

    /// The ids of the runs that start with a prefix, at most 20, in order.
    package func runIDs(prefix: String) async throws(StoreError) -> [RunID] {
        guard RunID(prefix).isStorable else { return [] }
        return try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                "SELECT id FROM soma.run WHERE id >= $1 AND id < $1 || chr(1114111) ORDER BY id LIMIT 20",
                [.text(prefix)]
            )
            var ids: [RunID] = []
            for row in rows { ids.append(RunID(try row.text(0))) }
            return ids
        }
    }

    /// The transitions of a run after a seq, in order.
    package func transitions(of run: RunID, after seq: Int, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    {
        var result: [StoredTransition] = []
        var last = max(seq, 0)
        while result.count < limit {
            let count = min(limit - result.count, Self.pageRowsMax)
            let page = try await page(of: run, after: last, through: .max, limit: count)
            for row in page {
                let stored = try row.decoded(of: run, at: address)
                if result.isEmpty { last = max(last, stored.transition.firstFollows) }
                guard row.seq == last + 1 else {
                    throw RawRun.damaged(run, "transition \(last + 1) is missing", address)
                }
                result.append(stored)
                last = row.seq
            }
            // A short page is the log's end; asking again would only say so.
            if page.count < count { break }
        }
        return result
    }

    /// The transitions of all runs after a place, in order, as far as none can come before them any more.
    ///
    /// Where the end of the log is kept back by transactions under way, they are waited for a moment.
    package func transitions(after position: Position, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    {
        var result: [StoredTransition] = []
        var last = position.rawValue
        var wait = RetryWait(options.horizonWait)
        while result.count < limit {
            let (after, count) = (last, min(limit - result.count, Self.pageRowsMax))
            let (page, isHeld) = try await tail(after: after, limit: count)
            for row in page { result.append(try row.decoded(of: nil, at: address)) }
            if let end = page.last { last = end.position }
            if page.count == count { continue }
            guard isHeld, await wait.isWorthwhile() else { break }
        }
        return result
    }

    /// The transitions of all runs after a place, in order, as far as none can come before them any more just now. Waits
    /// for nothing.
    package func follow(after position: Position, limit: Int) async throws(StoreError) -> [StoredTransition] {
        let rows = try await asking("read") { () async throws(PostgresError) in
            try await pool.query(
                "SELECT place, seq, checksum, event FROM soma.tail($1, $2)",
                [.int8(position.rawValue), .int4(Int32(clamping: min(limit, Self.pageRowsMax)))]
            ).map { row throws(PostgresError) in try RawTransition(row) }
        }
        var result: [StoredTransition] = []
        result.reserveCapacity(rows.count)
        for row in rows { result.append(try row.decoded(of: nil, at: address)) }
        return result
    }

    /// Whether the server answers.
    package func answers() async -> Bool { (try? await pool.check()) != nil }

    private func tail(after: Int64, limit: Int) async throws(StoreError) -> ([RawTransition], Bool) {
        try await asking("read") { () async throws(PostgresError) in
            let results = try await pool.pipeline([
                PostgresStatement(
                    "SELECT place, seq, checksum, event FROM soma.tail($1, $2)",
                    [.int8(after), .int4(Int32(clamping: limit))]
                ),
                PostgresStatement("SELECT is_held FROM soma.head()"),
            ])
            var rows: [RawTransition] = []
            for row in results[0] { rows.append(try RawTransition(row)) }
            return (rows, try results[1].first?.bool(0) ?? false)
        }
    }

    /// A page of a run's log.
    func page(
        of run: RunID,
        after seq: Int,
        through end: Int,
        limit: Int
    ) async throws(StoreError) -> [RawTransition] {
        guard limit > 0, run.isStorable else { return [] }
        let values: [PostgresValue] = [
            .text(run.rawValue), .int4(Int32(clamping: seq)), .int4(Int32(clamping: end)),
            .int8(Int64(min(limit, Self.pageRowsMax))),
        ]
        return try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT \(RawTransition.columns) FROM soma.run r
                JOIN soma.transition t ON t.day = r.day AND t.run = r.number
                WHERE r.id = $1 AND t.seq > $2 AND t.seq <= $3 ORDER BY t.seq LIMIT $4
                """,
                values
            )
            var page: [RawTransition] = []
            page.reserveCapacity(rows.count)
            for row in rows { page.append(try RawTransition(row)) }
            return page
        }
    }

    /// Words by their names; names that are not there are left out.
    package func content(_ ids: [ContentID]) async throws(StoreError) -> [ContentID: Words] {
        var result: [ContentID: Words] = [:]
        var rest = Array(Set(ids))[...]
        while !rest.isEmpty {
            let some = rest.prefix(256)
            rest = rest.dropFirst(some.count)
            let names = PostgresValue.byteaArray(some.map(\.bytes))
            let found = try await asking("read") { () async throws(PostgresError) in
                let rows = try await pool.query(
                    "SELECT id, checksum, words FROM soma.content WHERE id = ANY ($1)",
                    [names]
                )
                var found: [(ContentID, Int64, [UInt8])] = []
                for row in rows {
                    let id = try row.withBytea(0) { ContentID(hash: $0) }
                    found.append((id, Int64(checksum: try row.int4(1)), try row.bytea(2)))
                }
                return found
            }
            for (id, checksum, words) in found {
                guard Checksum.of(words) == checksum else {
                    throw StoreError(
                        .corrupt,
                        "The store at \(address) is damaged: the bytes of content \(id) have changed.",
                        hint: "Run somad --check, and restore a backup."
                    )
                }
                result[id] = Words(bytes: words)
            }
        }
        return result
    }
}
