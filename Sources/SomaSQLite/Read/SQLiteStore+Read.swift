public import SomaCore
public import SomaEngine

extension SQLiteStore {
    /// The place of the last transition.
    public func head() async throws(StoreError) -> Position {
        if let writing { return writing.writer.head }
        return try await reader.perform("read") { session in
            Position(try session.number("SELECT coalesce(max(position), 0) FROM transition"))
        }
    }

    /// The ids of the runs that start with a prefix, at most 20, in order.
    public func runIDs(prefix: String) async throws(StoreError) -> [RunID] {
        try await reader.perform("read") { session in
            try session.rows(
                "SELECT id FROM run WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT 20",
                [.text(prefix)]
            ) { RunID($0.text(0)) }
        }
    }

    /// The transitions of a run after a seq, in order.
    public func transitions(of run: RunID, after seq: Int, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    {
        var result: [StoredTransition] = []
        guard limit > 0, let number = try await number(of: run) else { return [] }
        var last = max(seq, 0)
        while result.count < limit {
            let page = try await page(of: number, after: last, through: .max, limit: limit - result.count)
            guard !page.isEmpty else { break }
            for row in page {
                let stored = try row.decoded(of: run, at: path)
                if result.isEmpty { last = max(last, stored.transition.firstFollows) }
                guard row.seq == last + 1 else {
                    throw RawRun.damaged(run, "transition \(last + 1) is missing", path)
                }
                result.append(stored)
                last = row.seq
            }
        }
        return result
    }

    /// The transitions of all runs after a place, in order.
    public func transitions(after position: Position, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    {
        var result: [StoredTransition] = []
        var last = position.rawValue
        while result.count < limit {
            let (after, count) = (last, min(limit - result.count, LogReader.pageRowsMax))
            let page = try await reader.perform("read") { session in
                try LogReader.page(session, LogReader.ofAll, [.int(after), .int(count)])
            }
            for row in page { result.append(try row.decoded(of: nil, at: path)) }
            guard let end = page.last else { break }
            last = end.position
        }
        return result
    }

    /// Words by their names; names that are not there are left out.
    public func content(_ ids: [ContentID]) async throws(StoreError) -> [ContentID: Words] {
        var result: [ContentID: Words] = [:]
        var rest = Set(ids)[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(256))
            rest = rest.dropFirst(some.count)
            let found = try await reader.perform("read") { session in
                try session.reading { try Self.content(some, session) }
            }
            for (id, words, checksum) in found {
                guard Checksum.of(words) == checksum else {
                    throw StoreError(
                        .corrupt,
                        "The store at \(path) is damaged: the bytes of content \(id) have changed.",
                        hint: "Run soma doctor, and restore a backup."
                    )
                }
                result[id] = Words(bytes: words)
            }
        }
        return result
    }

    private static func content(
        _ ids: [ContentID],
        _ session: SQLSession
    ) throws -> [(ContentID, [UInt8], Int64)] {
        try ids.compactMap { id in
            try session.first("SELECT words, checksum FROM content WHERE id = ?", [.blob(id.bytes)]) {
                (id, $0.bytes(0), $0.int(1))
            }
        }
    }

    func number(of run: RunID) async throws(StoreError) -> Int64? {
        try await reader.perform("read") { session in
            try session.first("SELECT number FROM run WHERE id = ?", [.text(run.rawValue)]) { $0.int(0) }
        }
    }

    func page(
        of number: Int64,
        after seq: Int,
        through end: Int,
        limit: Int
    ) async throws(StoreError) -> [RawTransition] {
        let count = min(limit, LogReader.pageRowsMax)
        return try await reader.perform("read") { session in
            try LogReader.page(
                session,
                LogReader.ofRun,
                [.int(number), .int(seq), .int(end), .int(count)]
            )
        }
    }
}
