public import SomaCore

/// A place in the order of all committed transitions: opaque to clients, ordered, resumable.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number in the store's own order; 0 is before everything.
    public let rawValue: Int64

    /// Creates a place.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }

    /// Before everything.
    public static let start = Position(0)

    /// Reads what `description` wrote; `nil` for anything else.
    public init?(_ text: String) {
        guard text.hasPrefix("p"), let value = Int64(text.dropFirst(), radix: 16), value >= 0 else {
            return nil
        }
        rawValue = value
    }

    /// The text that clients hand back.
    public var description: String { "p" + String(rawValue, radix: 16) }

    /// Compares places.
    public static func < (left: Position, right: Position) -> Bool { left.rawValue < right.rawValue }
}

/// A transition with its place and its wire form.
public struct StoredTransition: Sendable, Hashable {
    /// Its place.
    public let position: Position
    /// What it says.
    public let transition: Transition
    /// Its CloudEvents bytes, as stored.
    public let bytes: [UInt8]

    /// Creates a stored transition.
    public init(position: Position, transition: Transition, bytes: [UInt8]) {
        self.position = position
        self.transition = transition
        self.bytes = bytes
    }
}

/// Transitions that are committed together or not at all, with what moves in the same transaction.
public struct CommitGroup: Sendable {
    /// The run whose decision this is.
    public let run: RunID
    /// The transitions of the run and of children that it starts, each run's in order.
    public let transitions: [Transition]
    /// Words that the transitions refer to; those that are stored already are skipped.
    public let content: [Content]
    /// The states, after the transitions, of the runs whose state is due to be stored.
    public let snapshots: [RunState]

    /// Creates a group.
    public init(run: RunID, transitions: [Transition], content: [Content], snapshots: [RunState]) {
        self.run = run
        self.transitions = transitions
        self.content = content
        self.snapshots = snapshots
    }

    /// The same without states: they only save reading.
    var withoutSnapshots: CommitGroup {
        CommitGroup(run: run, transitions: transitions, content: content, snapshots: [])
    }
}

/// What is wrong with a store.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing is wrong.
    public enum Kind: String, Sendable {
        /// Somebody else wrote the run's next transition first.
        case conflict
        /// There is no room; nothing was written, and the same may be written once there is.
        case full
        /// It never takes what it was given, because that is too large or nothing that it can keep; nothing was written.
        case refused
        /// It can't be reached or has failed; whether the last write counts is not known.
        case unavailable
        /// What it holds is not what was written.
        case corrupt
        /// It was written by a newer version.
        case newer
        /// Somebody else holds it.
        case locked
    }

    /// What kind of thing.
    public let kind: Kind
    /// What failed, on what.
    public let message: String
    /// What to do.
    public let hint: String
    /// Whether the same may succeed later without anybody changing a setting: a server is away, busy or out of room.
    public let isPassing: Bool

    /// Creates an error.
    public init(_ kind: Kind, _ message: String, hint: String = "", isPassing: Bool = false) {
        self.kind = kind
        self.message = message
        self.hint = hint
        self.isPassing = isPassing
    }

    /// The message and the hint.
    public var description: String { hint.isEmpty ? message : "\(message) \(hint)" }
}

/// What a list of runs shows.
public struct RunFilter: Sendable, Hashable {
    /// Only runs that have not ended (`false`), only those that have (`true`), or both (`nil`).
    public var ended: Bool?
    /// Only runs older than this one, by start.
    public var after: RunID?
    /// How many at most.
    public var limit: Int

    /// Creates a filter.
    public init(ended: Bool? = nil, after: RunID? = nil, limit: Int = 1000) {
        self.ended = ended
        self.after = after
        self.limit = limit
    }
}

/// Something that a run committed and later runs on the same workspace may recall.
public struct Memory: Sendable, Hashable, Codable {
    /// The run that committed it.
    public var run: RunID
    /// The folder that it is about.
    public var workspace: String
    /// When it was committed.
    public var at: Timestamp
    /// What it is about, in one line.
    public var title: String
    /// What is remembered.
    public var text: String

    /// Creates a memory.
    public init(run: RunID, workspace: String, at: Timestamp, title: String, text: String) {
        self.run = run
        self.workspace = workspace
        self.at = at
        self.title = title
        self.text = text
    }
}

/// A memory with its place among all of them.
public struct StoredMemory: Sendable, Hashable {
    /// Its place; later memories have larger ones.
    public var number: Int
    /// What it says.
    public var memory: Memory

    /// Creates a stored memory.
    public init(number: Int, memory: Memory) {
        self.number = number
        self.memory = memory
    }
}

/// Holds the log. Every method may be called from any task; none blocks the caller's thread.
public protocol EventStore: Sendable {
    /// The secret under which this store's content is named; made with the store, 32 bytes.
    func contentSecret() async throws(StoreError) -> [UInt8]

    /// Appends groups in one transaction, durable when it returns.
    ///
    /// - Returns: The place of each transition, in the order given.
    /// - Throws: `.conflict` where a transition is not its run's next one, `.refused` where one can't be kept; nothing is
    ///   written then. After any other error the caller can't know whether it was written and must read the heads again.
    func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition]

    /// Appends groups as `append` does, but never before the commit that is to be written before them.
    ///
    /// Whoever overrides this looks whether the turn has come when nothing else can be written any more before the groups, and
    /// passes it as soon as they are durable.
    ///
    /// - Returns: The place of each transition, in the order given; `nil` where the turn hadn't come: nothing was written.
    func append(_ groups: [CommitGroup], in turn: CommitTurn) async throws(StoreError) -> [StoredTransition]?

    /// Where a task that only appends runs best; `nil` for anywhere.
    var appender: (any TaskExecutor)? { get }

    /// The place of the last transition.
    func head() async throws(StoreError) -> Position

    /// The states of runs, the latest started first: snapshots with their tails folded in.
    func runs(_ filter: RunFilter) async throws(StoreError) -> [RunState]

    /// The state of one run, up to a transition of it; `nil` where there is no such run.
    func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState?

    /// The ids of the runs that start with a prefix, at most 20.
    func runIDs(prefix: String) async throws(StoreError) -> [RunID]

    /// The transitions of a run after a seq, in order.
    func transitions(of run: RunID, after seq: Int, limit: Int) async throws(StoreError) -> [StoredTransition]

    /// The transitions of all runs after a place, in order.
    func transitions(after position: Position, limit: Int) async throws(StoreError) -> [StoredTransition]

    /// Words by their names; names that are not there are left out.
    func content(_ ids: [ContentID]) async throws(StoreError) -> [ContentID: Words]

    /// Keeps a memory; keeping the memory of the same run and title again replaces it.
    func remember(_ memory: Memory) async throws(StoreError)

    /// Memories of a workspace that match any word of a query, the best first.
    func recall(_ query: String, workspace: String, limit: Int) async throws(StoreError) -> [Memory]

    /// What runs on a workspace committed, the latest first.
    ///
    /// - Parameter number: Only memories before this one; `nil` begins with the latest.
    func memories(workspace: String, before number: Int?, limit: Int) async throws(StoreError)
        -> [StoredMemory]

    /// Answers of POST requests by their idempotency key: puts `answer` where none is, and gives what is there.
    func idempotent(key: String, answer: [UInt8]?) async throws(StoreError) -> [UInt8]?

    /// Whether the process that worked on the runs before ended in order, and nothing was appended since. For stores
    /// that one process has alone; where several share the runs, each lease says it.
    func wasLeftInOrder() async throws(StoreError) -> Bool
}

extension EventStore {
    /// Appends where the turn has come before anything is done.
    public func append(_ groups: [CommitGroup], in turn: CommitTurn) async throws(StoreError)
        -> [StoredTransition]?
    {
        guard turn.hasCome else { return nil }
        let stored = try await append(groups)
        turn.pass()
        return stored
    }

    /// Anywhere.
    public var appender: (any TaskExecutor)? { nil }

    /// Nobody has said so.
    public func wasLeftInOrder() async throws(StoreError) -> Bool { false }
}
