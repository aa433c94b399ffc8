import SomaCore
import SomaEngine
import Synchronization

/// Stands where the store can't be reached yet: every call fails with the reason.
final class AbsentStore: EventStore, ConversationStore {
    private let reason: Mutex<StoreError>

    init(_ reason: StoreError) { self.reason = Mutex(reason) }

    /// Why it can't be reached.
    var why: StoreError {
        get { reason.withLock { $0 } }
        set { reason.withLock { $0 = newValue } }
    }

    func contentSecret() async throws(StoreError) -> [UInt8] { throw why }
    func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition] { throw why }
    func head() async throws(StoreError) -> Position { throw why }
    func runs(_ filter: RunFilter) async throws(StoreError) -> [RunState] { throw why }
    func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState? { throw why }
    func runIDs(prefix: String) async throws(StoreError) -> [RunID] { throw why }

    func transitions(of run: RunID, after seq: Int, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    { throw why }

    func transitions(after position: Position, limit: Int) async throws(StoreError) -> [StoredTransition] {
        throw why
    }

    func content(_ ids: [ContentID]) async throws(StoreError) -> [ContentID: Words] { throw why }
    func remember(_ memory: Memory) async throws(StoreError) { throw why }

    func recall(_ query: String, workspace: String, limit: Int) async throws(StoreError) -> [Memory] {
        throw why
    }

    func memories(workspace: String, before number: Int?, limit: Int) async throws(StoreError)
        -> [StoredMemory]
    { throw why }

    func idempotent(key: String, answer: [UInt8]?) async throws(StoreError) -> [UInt8]? { throw why }

    // MARK: Conversations

    func create(_ conversation: Conversation) async throws(StoreError) { throw why }
    func conversation(_ id: ConversationID) async throws(StoreError) -> Conversation? { throw why }

    func conversations(after: ConversationID?, limit: Int) async throws(StoreError) -> [Conversation] {
        throw why
    }

    func post(_ words: ContentID, key: String, at: Timestamp, trace: TraceContext?, to id: ConversationID)
        async throws(StoreError) -> Message?
    { throw why }

    func messages(of id: ConversationID, after number: Int, limit: Int) async throws(StoreError) -> [Message]
    { throw why }

    func turn(of id: ConversationID, earlier: Int) async throws(StoreError) -> Turn? { throw why }

    func begin(_ message: Int, of id: ConversationID, run: RunID) async throws(StoreError) -> RunID? {
        throw why
    }

    func answer(_ answer: Message, in id: ConversationID) async throws(StoreError) -> Message? { throw why }
    func conversation(of run: RunID) async throws(StoreError) -> ConversationID? { throw why }
    func unanswered(limit: Int) async throws(StoreError) -> [ConversationID] { throw why }
}
