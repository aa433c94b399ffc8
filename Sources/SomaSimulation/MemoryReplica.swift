public import SomaCore
public import SomaEngine

/// One of several processes on the same store in memory: what it appends counts only while it holds the run.
///
/// ```swift
/// let store = MemoryStore()
/// let first = await store.replica("first"), second = await store.replica("second")
/// let engine = try await Engine(store: first, …, leases: first)
/// ```
public actor MemoryReplica: EventStore, RunLeases {
    /// The name that others see.
    public nonisolated let name: String
    /// How long a lease is good without being renewed.
    public nonisolated let time: Duration
    private let store: MemoryStore
    private nonisolated let standing = MemoryStanding()

    init(_ store: MemoryStore, name: String, time: Duration) {
        self.store = store
        self.name = name
        self.time = time
    }

    /// Whether what is held is good.
    public nonisolated var isValid: Bool { standing.isValid }

    /// Takes families that nobody holds.
    public func claim(limit: Int) async throws(StoreError) -> [RunLease] {
        await store.claim(as: standing.replica, limit: limit)
    }

    /// Renews all leases.
    public func renew() async throws(StoreError) -> LeaseStanding {
        let asked = ContinuousClock.now
        guard let found = await store.renew(standing.replica, time: time) else {
            standing.end()
            throw StoreError(.locked, "The leases of \"\(name)\" are over.")
        }
        standing.set(standing.replica, until: asked + time)
        return found
    }

    /// Lets the families of runs go.
    public func release(_ runs: [RunID]) async throws(StoreError) {
        await store.release(runs, by: standing.replica)
    }

    /// Joins anew after the leases were lost.
    public func rejoin() async throws(StoreError) {
        let asked = ContinuousClock.now
        standing.set(await store.join(time: time), until: asked + time)
    }

    /// Lets everything go at once.
    public func leave() async {
        await store.leave(standing.replica)
        standing.end()
    }

    // MARK: The store

    /// Appends groups, all or none, as long as the runs are held.
    public func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition] {
        try await store.append(groups, by: standing.replica)
    }

    /// The secret under which this store's content is named.
    public func contentSecret() async throws(StoreError) -> [UInt8] { try await store.contentSecret() }
    /// The place of the last transition.
    public func head() async throws(StoreError) -> Position { try await store.head() }
    /// The states of runs, the latest started first.
    public func runs(_ filter: RunFilter) async throws(StoreError) -> [RunState] {
        try await store.runs(filter)
    }
    /// The state of one run, up to a transition of it.
    public func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState? {
        try await store.run(id, at: seq)
    }
    /// The ids of the runs that start with a prefix.
    public func runIDs(prefix: String) async throws(StoreError) -> [RunID] {
        try await store.runIDs(prefix: prefix)
    }
    /// The transitions of a run after a seq, in order.
    public func transitions(of run: RunID, after seq: Int, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    { try await store.transitions(of: run, after: seq, limit: limit) }
    /// The transitions of all runs after a place, in order.
    public func transitions(after position: Position, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    { try await store.transitions(after: position, limit: limit) }
    /// Words by their names.
    public func content(_ ids: [ContentID]) async throws(StoreError) -> [ContentID: Words] {
        try await store.content(ids)
    }
    /// Keeps a memory.
    public func remember(_ memory: Memory) async throws(StoreError) { try await store.remember(memory) }
    /// Memories of a workspace that match any word of a query.
    public func recall(_ query: String, workspace: String, limit: Int) async throws(StoreError) -> [Memory] {
        try await store.recall(query, workspace: workspace, limit: limit)
    }
    /// What runs on a workspace committed.
    public func memories(workspace: String, before number: Int?, limit: Int) async throws(StoreError)
        -> [StoredMemory]
    { try await store.memories(workspace: workspace, before: number, limit: limit) }
    /// Answers by their idempotency key.
    public func idempotent(key: String, answer: [UInt8]?) async throws(StoreError) -> [UInt8]? {
        try await store.idempotent(key: key, answer: answer)
    }
}
