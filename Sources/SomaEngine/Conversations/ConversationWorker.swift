public import SomaCore

/// Starts runs; the engine of this process, or the way to the engines of a cluster.
public protocol RunStarter: Sendable {
    /// Starts a run; returns once its first transition is durable. A request that names a run which is there already
    /// starts nothing, and gives that run's receipt.
    func start(_ request: StartRequest) async -> Result<CommandReceipt, CommandRefusal>
}

extension Engine: RunStarter {}

/// Turns messages into runs, one after the other in each conversation, and outcomes into answers.
///
/// All that it knows is in the stores: any number of workers may be told of the same message, again and again and in any
/// order, and may die at any point. A message has its run's name before the run is started, so that whoever comes later
/// starts the same run and no second one.
public actor ConversationWorker {
    /// How many messages before its own a run is told.
    public static let earlierMax = 20

    /// How a conversation stands after it was looked at.
    public enum Standing: Sendable, Hashable {
        /// Every message has its answer.
        case answered
        /// A run is at work; its end is to be told.
        case working(RunID)
    }

    /// What it works with.
    public typealias Store = EventStore & ConversationStore

    private let store: any Store
    private let sessions: (any SessionKeeper)?
    private let starter: any RunStarter
    private let hasher: any ContentHasher
    private let now: @Sendable () -> Timestamp
    private let traces: TraceSampling?
    private let announce: @Sendable (ConversationID, Message, TraceContext?) async -> Void
    private var generator: any RandomNumberGenerator & Sendable
    /// Conversations that are being looked at, and whether they are to be looked at again.
    private var busy: [ConversationID: Bool] = [:]

    /// Creates a worker.
    ///
    /// - Parameters:
    ///   - sessions: Spares the store what is read again for each message; `nil` where nothing does.
    ///   - traces: What of the traces is exported; `nil` where none are.
    ///   - announce: Is told each answer once it is durable, with the place of its run in its trace. Of two workers one is
    ///     told; after a crash possibly none.
    public init(
        store: any Store,
        sessions: (any SessionKeeper)? = nil,
        starter: any RunStarter,
        hasher: any ContentHasher,
        now: @escaping @Sendable () -> Timestamp,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        traces: TraceSampling? = nil,
        announce: @escaping @Sendable (ConversationID, Message, TraceContext?) async -> Void
    ) {
        self.store = store
        self.sessions = sessions
        self.starter = starter
        self.hasher = hasher
        self.now = now
        self.generator = generator
        self.traces = traces
        self.announce = announce
    }

    /// Does what a conversation needs: starts the run whose turn it is, or writes its answer and goes on.
    ///
    /// - Returns: How it stands; `nil` where another call does the same right now and will look once more.
    @discardableResult
    public func advance(_ id: ConversationID) async throws(ConversationError) -> Standing? {
        guard busy[id] == nil else {
            busy[id] = true
            return nil
        }
        defer { busy[id] = nil }
        while true {
            busy[id] = false
            do throws(ConversationError) {
                let standing = try await step(id)
                // Said meanwhile: something may have happened after it was looked at.
                if busy[id] != true { return standing }
            } catch {
                // Whoever said it was promised another look, and knows nothing of what went wrong here.
                guard busy[id] == true else { throw error }
            }
        }
    }

    /// Does what the end of a run leads to, where it answers a message.
    public func ended(_ run: RunID) async throws(ConversationError) {
        if let id = try await asking({ () async throws(StoreError) in try await store.conversation(of: run) })
        {
            try await advance(id)
        }
    }

    private func step(_ id: ConversationID) async throws(ConversationError) -> Standing {
        while let turn = try await asking({ () async throws(StoreError) in
            try await store.turn(of: id, earlier: Self.earlierMax)
        }) {
            guard let run = try await run(for: turn, of: id) else { return .answered }
            if let state = try await asking({ () async throws(StoreError) in try await store.run(run, at: nil)
            }) {
                guard state.status.isTerminal else { return .working(run) }
                try await answer(turn.message, with: state, in: id)
            } else if let refusal = try await start(run, for: turn, of: id) {
                try await refuse(turn.message, refusal, in: id)
            } else {
                return .working(run)
            }
        }
        return .answered
    }

    /// The run that answers a message: the one that it has, or a new name that is kept before anything is started.
    private func run(for turn: Turn, of id: ConversationID) async throws(ConversationError) -> RunID? {
        if let run = turn.message.run { return run }
        let fresh = RunID.random(using: &generator)
        return try await asking { () async throws(StoreError) in
            try await store.begin(turn.message.number, of: id, run: fresh)
        }
    }

    /// - Returns: Why it can't be started, ever.
    private func start(_ run: RunID, for turn: Turn, of id: ConversationID) async throws(ConversationError)
        -> CommandRefusal?
    {
        let earlier = turn.earlier
        let names = (earlier + [turn.message]).map(\.words)
        let found = try await asking { () async throws(StoreError) in try await session(of: id, names) }
        guard let found else { return nil }
        let (conversation, words) = (found.conversation, found.words)
        var request = StartRequest(
            goal: words[turn.message.words]?.text ?? "",
            role: conversation.role,
            workspace: conversation.workspace,
            limits: conversation.limits,
            tenant: conversation.tenant,
            subject: conversation.subject
        )
        request.id = run
        request.caller = turn.message.trace
        request.conversation = ConversationContext(
            id: id,
            message: turn.message.number,
            earlier: earlier.compactMap { message in words[message.words].map { (message.author, $0) } }
        )
        switch await starter.start(request) {
        case .success: return nil
        case .failure(let refusal) where refusal.kind == .unavailable: throw .unavailable(refusal)
        case .failure(let refusal): return refusal
        }
    }

    /// What is needed of a conversation with these words; what isn't in the session that is kept is read from the store.
    private func session(of id: ConversationID, _ names: [ContentID]) async throws(StoreError)
        -> ConversationSession?
    {
        let name = "conversation:\(id)"
        let kept = await sessions?.session(name).flatMap { ConversationSession($0, of: id, hasher) }
        var found = kept?.conversation
        if found == nil { found = try await store.conversation(id) }
        guard let conversation = found else { return nil }
        var session = ConversationSession(conversation)
        for name in names { session.words[name] = kept?.words[name] }
        let missing = names.filter { session.words[$0] == nil }
        if !missing.isEmpty { session.words.merge(try await store.content(missing)) { _, new in new } }
        if let sessions, session != kept { await sessions.keep(session.sealed(hasher), as: name) }
        return session
    }

    private func answer(_ message: Message, with run: RunState, in id: ConversationID)
        async throws(ConversationError)
    {
        let status: Message.Status =
            switch run.status {
            case .completed: .completed
            case .cancelled: .cancelled
            default: .failed
            }
        let trace = run.traceContext(heardOf: traces)
        if let outcome = run.outcome {
            try await keep(message, status, outcome, run.id, trace, in: id)
        } else {
            let text = run.statusReason.isEmpty ? "It ended without words." : run.reasonWords
            try await keep(message, status, stored(text, subject: run.subject), run.id, trace, in: id)
        }
    }

    private func refuse(_ message: Message, _ refusal: CommandRefusal, in id: ConversationID)
        async throws(ConversationError)
    {
        let subject = try await asking { () async throws(StoreError) in
            try await store.conversation(id)?.subject ?? "local"
        }
        // Without a run it leads to where the message came from.
        let words = try await stored(refusal.description, subject: subject)
        try await keep(message, .refused, words, nil, message.trace, in: id)
    }

    /// The name of words, once they are kept.
    private func stored(_ text: String, subject: String) async throws(ConversationError) -> ContentID {
        let words = Words(text)
        let id = hasher.id(of: words, after: nil, subject: subject)
        try await asking { () async throws(StoreError) in
            try await store.keep(Content(id: id, subject: subject, words: words))
        }
        return id
    }

    private func keep(
        _ message: Message,
        _ status: Message.Status,
        _ words: ContentID,
        _ run: RunID?,
        _ trace: TraceContext?,
        in id: ConversationID
    ) async throws(ConversationError) {
        let answer = Message(
            number: 0,
            author: .agent,
            status: status,
            at: now(),
            words: words,
            run: run,
            answers: message.number
        )
        let kept = try await asking { () async throws(StoreError) in
            try await store.answer(answer, in: id)
        }
        if let kept { await announce(id, kept, trace) }
    }

    private func asking<Value: Sendable>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(ConversationError) -> Value {
        do throws(StoreError) { return try await body() } catch { throw .store(error) }
    }
}

/// Why a conversation could not go on just now. Nothing is lost: the next one who looks at it goes on.
public enum ConversationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The store can't be asked.
    case store(StoreError)
    /// No run can be started at the moment.
    case unavailable(CommandRefusal)

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .store(let error): error.description
        case .unavailable(let refusal): refusal.description
        }
    }
}
