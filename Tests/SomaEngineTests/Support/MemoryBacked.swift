import SomaCore
import SomaEngine
import SomaSimulation

/// A store that stands before one in memory, and does itself only what a test is about.
protocol MemoryBacked: EventStore {
    var memory: MemoryStore { get }
}

extension MemoryBacked {
    func contentSecret() async throws(StoreError) -> [UInt8] { try await memory.contentSecret() }
    func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition] {
        try await memory.append(groups)
    }
    func head() async throws(StoreError) -> Position { try await memory.head() }
    func runs(_ filter: RunFilter) async throws(StoreError) -> [RunState] { try await memory.runs(filter) }
    func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState? {
        try await memory.run(id, at: seq)
    }
    func runIDs(prefix: String) async throws(StoreError) -> [RunID] {
        try await memory.runIDs(prefix: prefix)
    }
    func transitions(of run: RunID, after seq: Int, limit: Int) async throws(StoreError) -> [StoredTransition]
    {
        try await memory.transitions(of: run, after: seq, limit: limit)
    }
    func transitions(after position: Position, limit: Int) async throws(StoreError) -> [StoredTransition] {
        try await memory.transitions(after: position, limit: limit)
    }
    func content(_ ids: [ContentID]) async throws(StoreError) -> [ContentID: Words] {
        try await memory.content(ids)
    }
    func remember(_ memory: Memory) async throws(StoreError) { try await self.memory.remember(memory) }
    func recall(_ query: String, workspace: String, limit: Int) async throws(StoreError) -> [Memory] {
        try await memory.recall(query, workspace: workspace, limit: limit)
    }
    func memories(
        workspace: String,
        before number: Int?,
        limit: Int
    ) async throws(StoreError) -> [StoredMemory] {
        try await memory.memories(workspace: workspace, before: number, limit: limit)
    }
    func idempotent(key: String, answer: [UInt8]?) async throws(StoreError) -> [UInt8]? {
        try await memory.idempotent(key: key, answer: answer)
    }
}
