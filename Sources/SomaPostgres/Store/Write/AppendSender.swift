import SomaCore
import SomaEngine
import Synchronization

/// Brings one append to the server and finds out what became of it.
struct AppendSender: Sendable {
    let pool: PostgresPool
    let book: LeaseBook
    let options: PostgresStoreOptions
    private let days = KnownDays()

    init(pool: PostgresPool, book: LeaseBook, options: PostgresStoreOptions) {
        self.pool = pool
        self.book = book
        self.options = options
    }

    var closed: StoreError { StoreError(postgres: .closed, while: "write to", at: pool.options.address) }

    /// Appends requests that write to different runs, and gives the first row's place.
    ///
    /// Where the connection is lost before the answer comes, the same is sent again: if it had happened after all, the
    /// server now refuses it because the runs have moved on, and the log says by whose doing.
    func send(_ requests: [AppendRequest], mayHaveHappened: Bool = false) async throws(StoreError) -> Int64 {
        let statement = AppendStatement(requests)
        let replica = statement.replica
        var wait = RetryWait(options.patience)
        var mayHaveHappened = mayHaveHappened
        while true {
            do throws(PostgresError) {
                if let next = statement.next, let place = try await placed(next) {
                    note(statement.runs, as: replica)
                    return place
                }
                try await days.prepare(statement.runs, pool)
                let rows = try await pool.query(AppendStatement.sql, statement.parameters)
                let place = try rows.first?.int8(0) ?? 0
                note(statement.runs, as: replica)
                return place
            } catch {
                if let refusal = Refusal(error) {
                    if mayHaveHappened, let place = try await landed(requests) {
                        note(statement.runs, as: replica)
                        return place
                    }
                    throw refusal.error(statement.runs, at: pool.options.address)
                }
                mayHaveHappened = mayHaveHappened || error.mayHaveHappened
                guard error.isPassing, await wait.isWorthwhile() else { throw failure(error) }
            }
        }
    }

    /// Where a lone run's next transitions went; `nil` where its log doesn't end as expected, and nothing was done.
    private func placed(_ next: PostgresStatement) async throws(PostgresError) -> Int64? {
        try await pool.pipeline([next]).first?.first?.int8OrNil(0)
    }

    /// Sends again what may have happened already.
    func outcome(again requests: [AppendRequest]) async -> Result<Int64, StoreError> {
        do throws(StoreError) {
            return .success(try await send(requests, mayHaveHappened: true))
        } catch { return .failure(error) }
    }

    /// Keeps the epochs of runs that began, and forgets those of runs that ended.
    private func note(_ runs: [AppendRequest.Run], as replica: Int64?) {
        if let replica {
            let began = runs.filter { $0.mayBegin && $0.ended == nil }
            book.add(Dictionary(began.map { ($0.id, $0.epoch) }) { first, _ in first }, as: replica)
        }
        book.drop(runs.filter { $0.ended != nil }.map(\.id))
    }

    /// The place of the first row, if it is in the log as it was sent.
    private func landed(_ requests: [AppendRequest]) async throws(StoreError) -> Int64? {
        guard let row = requests.lazy.flatMap(\.batch.rows).first else { return nil }
        var wait = RetryWait(options.patience)
        while true {
            do throws(PostgresError) {
                let rows = try await pool.query(
                    """
                    SELECT t.position FROM soma.run r
                    JOIN soma.transition t ON t.run = r.number AND t.day = r.day AND t.seq = $2 AND t.event = $3
                    WHERE r.id = $1
                    """,
                    [
                        .text(row.transition.run.rawValue), .int4(Int32(clamping: row.transition.seq)),
                        .bytea(row.bytes),
                    ]
                )
                return try rows.first?.int8(0)
            } catch {
                guard error.isPassing, await wait.isWorthwhile() else { throw failure(error) }
            }
        }
    }

    private func failure(_ error: PostgresError) -> StoreError {
        if error.sqlState == "23505" {
            return StoreError(
                .corrupt,
                "The store at \(pool.options.address) is damaged: a run's log goes on beyond its head.",
                hint: "Run somad --check, and restore a backup."
            )
        }
        return StoreError(postgres: error, while: "write to", at: pool.options.address)
    }
}

/// What `soma.append` says where a run is not where it was expected.
private struct Refusal {
    let place: Int
    let seq: Int
    let epoch: Int64

    init?(_ error: PostgresError) {
        guard error.sqlState == "SM001" else { return nil }
        // The client takes out of a server's words what looks like a bound value, so they may have holes.
        let words = error.message.split(separator: " ")
        place = words.count > 1 ? Int(words[1]) ?? 0 : 0
        seq = words.count > 2 ? Int(words[2]) ?? -1 : -1
        epoch = words.count > 3 ? Int64(words[3]) ?? 0 : 0
    }

    func error(_ runs: [AppendRequest.Run], at address: String) -> StoreError {
        guard runs.indices.contains(place - 1) else {
            return StoreError(.conflict, "Could not write to the store at \(address): a run has moved on.")
        }
        let run = runs[place - 1]
        let isThere = seq >= 0
        if isThere, seq == run.expected {
            return StoreError(
                .conflict,
                "Could not append transition \(run.expected + 1) of run \(run.id): another replica has taken it "
                    + "over (its epoch is \(epoch), ours \(run.epoch)).",
                hint: "Leave the run to that replica."
            )
        }
        return StoreError(
            .conflict,
            "Could not append transition \(run.expected + 1) of run \(run.id): the next one is "
                + "\((isThere ? seq : run.follows) + 1).",
            hint: "Read the run's state again."
        )
    }
}

/// The days that have a partition.
private final class KnownDays: Sendable {
    private let days = Mutex<Set<Int32>>([])

    /// Makes partitions for runs that may begin, before the append: making one inside it would hold up the others.
    func prepare(_ runs: [AppendRequest.Run], _ pool: PostgresPool) async throws(PostgresError) {
        let wanted = Set(runs.lazy.filter(\.mayBegin).map(\.day))
        guard !wanted.isEmpty else { return }
        let missing = days.withLock { wanted.subtracting($0) }
        for day in missing.sorted() {
            try await pool.query("SELECT soma.prepare_day($1)", [.int4(day)])
            days.withLock { _ = $0.insert(day) }
        }
    }
}
