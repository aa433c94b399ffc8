package import SomaCore
package import SomaEngine
import Synchronization

/// One replica's part in sharing the unfinished runs.
///
/// ```swift
/// let leases = try await PostgresLeases.join(store, name: "orchestrator-1", time: .seconds(5))
/// for lease in try await leases.claim(limit: 16) { … }
/// try await leases.renew()          // at least every `time / 3`
/// try await leases.release(runs)    // between two decisions
/// await leases.leave()
/// ```
///
/// A lease is good as long as its holder is, which the server's clock decides: one row is renewed for all of them. Once
/// its time is over, whoever claims next buries it: then it has lost them all, also those that nobody has taken yet, and
/// joins anew. Until then it may still renew, as when the server was away for everybody. What it still appends for a run
/// that somebody has taken is refused, because the run's epoch has risen.
package final class PostgresLeases: RunLeases {
    private struct State {
        var replica: Int64
        /// Until when its leases are good by this process's own clock: counted from before the server was asked, so
        /// that it never believes longer than the server does.
        var deadline: ContinuousClock.Instant
        /// Whether a claim may have taken runs without our learning of it.
        var isUncertain = false
        /// Runs that were to be let go while the server was away.
        var owed: [RunID] = []
    }

    /// How long a lease is good without being renewed.
    package let time: Duration
    /// The name that others see.
    package let name: String
    private let store: PostgresStore
    private let state: Mutex<State>

    private init(_ store: PostgresStore, name: String, time: Duration, _ state: State) {
        self.store = store
        self.name = name
        self.time = time
        self.state = Mutex(state)
    }

    /// Joins as a new replica that holds nothing yet.
    package static func join(
        _ store: PostgresStore,
        name: String,
        time: Duration
    ) async throws(StoreError) -> PostgresLeases {
        let state = try await register(store, name: name, time: time)
        return PostgresLeases(store, name: name, time: time, state)
    }

    private static func register(
        _ store: PostgresStore,
        name: String,
        time: Duration
    ) async throws(StoreError) -> State {
        let start = ContinuousClock.now
        let mark = ProcessMark.own?.text ?? ""
        let replica = try await store.asking("join") { () async throws(PostgresError) in
            try await bury(store)
            let results = try await store.pool.pipeline([
                PostgresStatement(
                    "DELETE FROM soma.replica WHERE is_gone AND expires < clock_timestamp() - interval '1 day'"
                ),
                PostgresStatement(
                    """
                    INSERT INTO soma.replica(name, process, expires)
                    VALUES($1, $2, clock_timestamp() + $3 * interval '1 millisecond') RETURNING id
                    """,
                    [.text(name), .text(mark), .float8(time.milliseconds)]
                ),
            ])
            guard let row = results[1].first else {
                throw PostgresError(.protocol, message: "no replica was made")
            }
            return try row.int8(0)
        }
        store.book.begin(replica: replica)
        return State(replica: replica, deadline: start + time)
    }

    /// Whoever was killed on this machine is gone before its time is over: who is started in its place needn't wait.
    private static func bury(_ store: PostgresStore) async throws(PostgresError) {
        let rows = try await store.pool.query(
            "SELECT id, process FROM soma.replica WHERE NOT is_gone AND process <> ''"
        )
        var gone: [Int64] = []
        for row in rows where ProcessMark(text: try row.text(1)).isGone { gone.append(try row.int8(0)) }
        guard !gone.isEmpty else { return }
        try await store.pool.query(
            "UPDATE soma.replica SET is_gone = true, expires = least(expires, clock_timestamp()) WHERE id = ANY ($1)",
            [.int8Array(gone)]
        )
    }

    /// Joins anew after the leases were lost.
    package func rejoin() async throws(StoreError) {
        let fresh = try await Self.register(store, name: name, time: time)
        state.withLock { $0 = fresh }
    }

    /// Whether the leases are good by this process's own clock. Before an effect that must not happen twice, ask.
    package var isValid: Bool {
        state.withLock { $0.deadline } > ContinuousClock.now && store.book.replica != nil
    }

    /// How long a loop waits before it renews or claims again: about a third of a lease's time, and never all
    /// replicas at once.
    package func pause(using generator: inout some RandomNumberGenerator) -> Duration {
        time / 3 * Double.random(in: 0.7...1, using: &generator)
    }

    /// As whom runs are held; `nil` while none are.
    var replica: Int64? { store.book.replica }

    /// The runs that are held.
    package var runs: [RunID] { store.book.runs }

    /// Takes runs that nobody holds, the oldest first, up to a fair share.
    ///
    /// - Returns: What was taken; nothing for a replica whose time is over.
    @discardableResult
    package func claim(limit: Int) async throws(StoreError) -> [RunLease] {
        let replica = state.withLock(\.replica)
        let leases = try await store.asking("claim runs from") { () async throws(PostgresError) in
            let owed = state.withLock(\.owed)
            if !owed.isEmpty {
                _ = try await letGo(owed, replica)
                state.withLock { if $0.replica == replica { $0.owed.removeFirst(owed.count) } }
            }
            if state.withLock(\.isUncertain) { try await forgetUnknown(replica) }
            doubt()
            let rows = try await store.pool.query(
                "SELECT id, epoch, seq, handed_over FROM soma.claim($1, $2)",
                [.int8(replica), .int4(Int32(clamping: limit))]
            )
            var leases: [RunLease] = []
            for row in rows {
                leases.append(
                    RunLease(
                        run: RunID(try row.text(0)),
                        epoch: try row.int8(1),
                        seq: Int(try row.int8(2)),
                        isHandedOver: try row.bool(3)
                    )
                )
            }
            state.withLock { $0.isUncertain = false }
            return leases
        }
        let epochs = Dictionary(leases.map { ($0.run, $0.epoch) }) { max($0, $1) }
        store.book.add(epochs, as: replica)
        return leases
    }

    /// As after a claim whose answer was lost.
    func doubt() { state.withLock { $0.isUncertain = true } }

    /// Lets families go that an earlier claim may have taken without our learning of it. Those that began here have the
    /// epoch 1, which no claim gives; a child that is just born has its parent in the book.
    private func forgetUnknown(_ replica: Int64) async throws(PostgresError) {
        try await store.pool.query(
            """
            UPDATE soma.run SET holder = NULL
            WHERE holder = $1 AND ended IS NULL AND epoch > 1 AND coalesce(root, number) NOT IN (
              SELECT coalesce(root, number) FROM soma.run WHERE id = ANY ($2))
            """,
            [.int8(replica), .textArray(store.book.runs.map(\.rawValue))]
        )
    }

    /// Renews all leases.
    ///
    /// - Returns: How the replica stands.
    /// - Throws: `.locked` where its time was over; nothing is held any more then.
    @discardableResult
    package func renew() async throws(StoreError) -> LeaseStanding {
        let start = ContinuousClock.now
        let replica = state.withLock(\.replica)
        let standing = try await store.asking("renew leases at") { () async throws(PostgresError) in
            let results = try await store.pool.pipeline([
                PostgresStatement(
                    """
                    UPDATE soma.replica
                    SET renewed = clock_timestamp(), expires = clock_timestamp() + $2 * interval '1 millisecond'
                    WHERE id = $1 AND NOT is_gone
                    """,
                    [.int8(replica), .float8(time.milliseconds)]
                ),
                PostgresStatement("SELECT held, fair, replicas, due FROM soma.share($1)", [.int8(replica)]),
            ])
            guard let row = results[1].first else { return LeaseStanding?.none }
            return LeaseStanding(
                held: Int(try row.int8(0)),
                fair: Int(try row.int8(1)),
                replicas: Int(try row.int8(2)),
                due: try row.isNull(3) ? nil : .seconds(try row.float8(3))
            )
        }
        guard let standing else {
            store.book.end()
            throw StoreError(
                .locked,
                "The leases of \"\(name)\" are over: they were not renewed for \(time).",
                hint: "Others work on its runs now; it joins anew."
            )
        }
        state.withLock { $0.deadline = max($0.deadline, start + time) }
        // The server may hold more for it than it knows of, and nobody would work on that: found out with the next claim.
        if standing.held > store.book.count { doubt() }
        return standing
    }

    /// Lets the families of runs go; others may take them at once. Nothing is to be under way for them.
    package func release(_ runs: [RunID]) async throws(StoreError) {
        let replica = state.withLock(\.replica)
        // First here: whoever takes one over is not to find us still believing.
        let held = runs.filter { store.book.epoch(of: $0) > 0 }
        store.book.drop(held)
        guard !held.isEmpty else { return }
        let released: [RunID]
        do throws(StoreError) {
            released = try await store.asking("release runs at") { () async throws(PostgresError) in
                try await letGo(held, replica)
            }
        } catch {
            // Nobody works on them, so they are let go before anything else is taken.
            state.withLock { if $0.replica == replica { $0.owed += held } }
            throw error
        }
        store.book.drop(released)
        store.news.ring(.lease)
    }

    /// Holds runs no longer, because others do.
    package func forget(_ runs: [RunID]) { store.book.drop(runs) }

    private func letGo(_ runs: [RunID], _ replica: Int64) async throws(PostgresError) -> [RunID] {
        let rows = try await store.pool.query(
            """
            UPDATE soma.run SET holder = NULL
            WHERE ended IS NULL AND holder = $2 AND coalesce(root, number) IN (
              SELECT coalesce(root, number) FROM soma.run WHERE id = ANY ($1))
            RETURNING id
            """,
            [.textArray(runs.map(\.rawValue)), .int8(replica)]
        )
        var released: [RunID] = []
        for row in rows { released.append(RunID(try row.text(0))) }
        return released
    }

    /// Lets everything go at once and is no longer counted. What fails here ends by itself with the leases' time.
    package func leave() async {
        let replica = state.withLock(\.replica)
        store.book.end()
        _ = try? await store.pool.query(PostgresStore.leave, [.int8(replica)])
        store.news.ring(.lease)
    }
}

extension Duration {
    /// As a number of milliseconds.
    var milliseconds: Double { self / .milliseconds(1) }
}
