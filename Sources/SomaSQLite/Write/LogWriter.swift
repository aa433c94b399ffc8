import GRDBSQLite
import SomaCore
import SomaEngine
import Synchronization

/// The only one that writes transitions. Lives on the writing connection's queue.
final class LogWriter: Sendable {
    private struct State {
        var cache = HeadCache()
        var lastPosition: Int64 = 0
        var lastRun: Int64 = 0
        /// Why nothing is written any more.
        var failure: StoreError?
    }

    private let state: Mutex<State>
    private let path: String
    private let pages = Atomic<Int>(0)

    /// Reads where the log ends. Blocks on the disk.
    init(_ session: SQLSession, path: String) throws {
        var state = State()
        state.lastPosition = try session.number("SELECT coalesce(max(position), 0) FROM transition")
        state.lastRun = try session.number("SELECT coalesce(max(number), 0) FROM run")
        self.state = Mutex(state)
        self.path = path
        // The hook gets an address only. Whoever commits on this connection holds the writer while it does.
        let address = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            try session.handle(),
            { context, _, _, pages in
                if let context {
                    Unmanaged<LogWriter>.fromOpaque(context).takeUnretainedValue().logHas(pages)
                }
                return SQLITE_OK
            },
            address
        )
    }

    /// How many pages the write-ahead log had after the last commit.
    var logPages: Int { pages.load(ordering: .relaxed) }

    private func logHas(_ count: Int32) { pages.store(Int(count), ordering: .relaxed) }

    /// The place of the last transition that is durable.
    var head: Position { state.withLock { Position($0.lastPosition) } }

    /// Why nothing is written any more; `nil` while all is well.
    var failure: StoreError? { state.withLock { $0.failure } }

    /// Writes a batch in one transaction and gives the place of its first row.
    func write(_ batch: CommitBatch, in session: SQLSession) throws -> Int64 {
        try guarded("write to") { state in
            let plan = Plan(cache: state.cache, lastPosition: state.lastPosition, lastRun: state.lastRun)
            let done = try session.writing { try plan.write(batch, in: session, path: path) }
            state.cache.keep(done.changed)
            state.lastPosition = done.lastPosition
            state.lastRun = done.lastRun
            return plan.lastPosition + 1
        }
    }

    /// Writes something else in one transaction.
    func write<Value>(_ session: SQLSession, _ body: () throws -> Value) throws -> Value {
        try guarded("write to") { _ in try session.writing(body) }
    }

    /// Runs `body` unless the disk has lost our trust, and remembers when it does.
    ///
    /// A failed fsync may have dropped pages that a repeated one no longer knows of: from the first failure on
    /// nothing is written, and the log is what the file says when it is opened again.
    func guarded<Value>(_ action: String, _ body: () throws -> Value) throws -> Value {
        try guarded(action) { _ in try body() }
    }

    private func guarded<Value>(_ action: String, _ body: (inout State) throws -> Value) throws -> Value {
        let result: Result<Value, any Error> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            do {
                return .success(try body(&state))
            } catch {
                state.cache.forget()
                if StoreError.isLossOfTrust(error) {
                    let first = StoreError(sqlite: error, while: action, at: path)
                    state.failure = StoreError(
                        first.kind == .corrupt ? .corrupt : .unavailable,
                        "The store takes no more writes, because one failed. \(first.message)",
                        hint: "Start the daemon again when the disk is well. \(first.hint)"
                    )
                }
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// One transaction's work, without a trace in memory until it is committed.
private struct Plan {
    let cache: HeadCache
    let lastPosition: Int64
    let lastRun: Int64

    struct Done {
        var changed: [RunID: Head] = [:]
        var lastPosition: Int64
        var lastRun: Int64
    }

    func write(_ batch: CommitBatch, in session: SQLSession, path: String) throws -> Done {
        var done = Done(lastPosition: lastPosition, lastRun: lastRun)
        try insertRows(batch.rows, into: &done, session, path: path)
        try insertContent(batch.content, session)
        try saveSnapshots(batch.snapshots, heads: done.changed, session)
        let update = try session.prepare("UPDATE run SET seq = ?, ended = ? WHERE number = ?")
        for head in done.changed.values {
            try update.run([.int(head.seq), head.ended.map(SQLValue.int) ?? .null, .int(head.number)])
        }
        return done
    }

    private func insertRows(
        _ rows: [CommitBatch.Row],
        into done: inout Done,
        _ session: SQLSession,
        path: String
    ) throws {
        let insert = try session.prepare(
            "INSERT INTO transition(position, run, seq, checksum, event) VALUES(?, ?, ?, ?, ?)"
        )
        var index = 0
        while index < rows.count {
            let run = rows[index].transition.run
            var head = try done.changed[run] ?? cache[run] ?? storedHead(of: run, session, path: path)
            while index < rows.count, rows[index].transition.run == run {
                let row = rows[index]
                try expect(row.transition, after: head)
                if !head.isStored { head = try start(run, at: row.transition.at, in: &done, session) }
                done.lastPosition += 1
                try insert.run([
                    .int(done.lastPosition), .int(head.number), .int(row.transition.seq), .int(row.checksum),
                    .utf8(row.bytes),
                ])
                head.seq = row.transition.seq
                if row.transition.kind.isTerminal {
                    head.ended = head.ended ?? row.transition.at.microseconds
                }
                index += 1
            }
            done.changed[run] = head
        }
    }

    private func expect(_ transition: Transition, after head: Head) throws {
        // A fork goes on where the log that it shares with its origin ends.
        let last = head.isStored ? head.seq : transition.firstFollows
        guard transition.seq != last + 1 else { return }
        throw StoreError(
            .conflict,
            "Could not append transition \(transition.seq) of run \(transition.run): the next one is "
                + "\(last + 1).",
            hint: "Read the run's state again."
        )
    }

    private func start(
        _ run: RunID,
        at time: Timestamp,
        in done: inout Done,
        _ session: SQLSession
    ) throws -> Head {
        done.lastRun += 1
        try session.run(
            "INSERT INTO run(number, id, seq, started) VALUES(?, ?, 0, ?)",
            .int(done.lastRun),
            .text(run.rawValue),
            .int(time.microseconds)
        )
        return Head(number: done.lastRun, seq: 0, ended: nil, isStored: true)
    }

    private func storedHead(of run: RunID, _ session: SQLSession, path: String) throws -> Head {
        let row = try session.first(
            """
            SELECT number, seq, ended, (SELECT max(seq) FROM transition WHERE run = number)
            FROM run WHERE id = ?
            """,
            [.text(run.rawValue)]
        ) { row in
            (
                head: Head(
                    number: row.int(0),
                    seq: Int(row.int(1)),
                    ended: row.isNull(2) ? nil : row.int(2),
                    isStored: true
                ),
                log: Int(row.int(3))
            )
        }
        guard let row else { return Head(number: 0, seq: 0, ended: nil, isStored: false) }
        guard row.head.seq == row.log else {
            throw StoreError(
                .corrupt,
                "The store at \(path) is damaged: run \(run) ends at \(row.head.seq), and its log at \(row.log).",
                hint: "Run soma doctor, and restore a backup."
            )
        }
        return row.head
    }

    private func insertContent(_ rows: [CommitBatch.ContentRow], _ session: SQLSession) throws {
        guard !rows.isEmpty else { return }
        let insert = try session.prepare(
            "INSERT OR IGNORE INTO content(id, subject, checksum, words) VALUES(?, ?, ?, ?)"
        )
        for row in rows {
            try insert.run([
                .blob(row.content.id.bytes), .text(row.content.subject), .int(row.checksum),
                .blob(row.content.words.bytes),
            ])
        }
    }

    private func saveSnapshots(
        _ snapshots: [CommitBatch.Snapshot],
        heads: [RunID: Head],
        _ session: SQLSession
    ) throws {
        for snapshot in snapshots {
            guard let head = heads[snapshot.run], head.seq == snapshot.seq else {
                throw StoreError(
                    .conflict,
                    "Could not store the state of run \(snapshot.run) at \(snapshot.seq): its log, with what is "
                        + "appended here, doesn't end there.",
                    hint: "Read the run's state again."
                )
            }
            try session.run(
                "INSERT OR REPLACE INTO snapshot(run, seq, checksum, state) VALUES(?, ?, ?, ?)",
                .int(head.number),
                .int(snapshot.seq),
                .int(snapshot.checksum),
                .utf8(snapshot.state)
            )
        }
    }
}
