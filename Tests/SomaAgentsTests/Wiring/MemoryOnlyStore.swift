import SomaCore
import SomaEngine
import Synchronization

/// A store that only knows memories.
final class MemoryOnlyStore: EventStore {
    let memories = Mutex<[Memory]>([])
    let failure: StoreError?

    init(failure: StoreError? = nil) { self.failure = failure }

    func contentSecret() async throws(StoreError) -> [UInt8] { Array(repeating: 7, count: 32) }
    func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition] { [] }
    func head() async throws(StoreError) -> Position { .start }
    func runs(_ filter: RunFilter) async throws(StoreError) -> [RunState] { [] }
    func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState? { nil }
    func runIDs(prefix: String) async throws(StoreError) -> [RunID] { [] }
    func transitions(of run: RunID, after seq: Int, limit: Int) async throws(StoreError) -> [StoredTransition]
    { [] }
    func transitions(after position: Position, limit: Int) async throws(StoreError) -> [StoredTransition] {
        []
    }
    func content(_ ids: [ContentID]) async throws(StoreError) -> [ContentID: Words] { [:] }

    func remember(_ memory: Memory) async throws(StoreError) {
        if let failure { throw failure }
        memories.withLock { $0.append(memory) }
    }

    func recall(_ query: String, workspace: String, limit: Int) async throws(StoreError) -> [Memory] {
        if let failure { throw failure }
        return memories.withLock { Array($0.filter { $0.workspace == workspace }.prefix(limit)) }
    }

    func memories(
        workspace: String,
        before number: Int?,
        limit: Int
    ) async throws(StoreError) -> [StoredMemory] {
        []
    }

    func idempotent(key: String, answer: [UInt8]?) async throws(StoreError) -> [UInt8]? { nil }
}
