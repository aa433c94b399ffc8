public import SomaCore
public import SomaEngine

/// A store in memory: what it is told is gone with it. For tests of graphs, and to try things out.
public actor MemoryStore: EventStore {
    private struct Run {
        var log: [Int] = []
        var state: RunState
        let started: Timestamp
        let number: Int
    }

    private let secret: [UInt8]
    private var log: [StoredTransition] = []
    private var runs: [RunID: Run] = [:]
    private var words: [ContentID: Words] = [:]
    private var memories: [StoredMemory] = []
    private var answers: [String: [UInt8]] = [:]
    private var conversations = ConversationTable()
    private var leases = MemoryLeases()
    private var toolCalls = ToolCallTable()
    private var isAway = false

    /// Creates an empty store.
    ///
    /// - Parameter secret: The secret for content names, 32 bytes; `nil` for a random one.
    public init(secret: [UInt8]? = nil) {
        var generator = SystemRandomNumberGenerator()
        self.secret = secret ?? (0..<32).map { _ in generator.next() }
    }

    /// The secret under which this store's content is named.
    public func contentSecret() async throws(StoreError) -> [UInt8] { secret }

    /// Appends groups, all or none.
    ///
    /// - Throws: `.conflict` where a transition is not its run's next one.
    public func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition] {
        try append(groups, admitted: { _ in true })
    }

    private func append(
        _ groups: [CommitGroup],
        admitted: (Transition) -> Bool
    ) throws(StoreError) -> [StoredTransition] {
        var heads: [RunID: Int] = [:]
        for transition in groups.flatMap(\.transitions) {
            let head = heads[transition.run] ?? runs[transition.run]?.state.seq ?? transition.firstFollows
            guard transition.seq == head + 1 else {
                throw StoreError(
                    .conflict,
                    "Could not append transition \(transition.seq) of run \(transition.run): the next one is "
                        + "\(head + 1).",
                    hint: "Read the run's state again."
                )
            }
            heads[transition.run] = transition.seq
            guard admitted(transition) else {
                throw StoreError(
                    .conflict,
                    "Could not append transition \(transition.seq) of run \(transition.run): another replica has "
                        + "taken it over.",
                    hint: "Leave the run to that replica."
                )
            }
        }
        for state in groups.flatMap(\.snapshots) where heads[state.id] != state.seq {
            throw StoreError(
                .conflict,
                "Could not store the state of run \(state.id) at \(state.seq): its log doesn't end there.",
                hint: "Read the run's state again."
            )
        }
        let first = log.count
        for transition in groups.flatMap(\.transitions) { add(transition) }
        for content in groups.flatMap(\.content) where words[content.id] == nil {
            words[content.id] = content.words
        }
        return Array(log[first...])
    }

    // MARK: Replicas

    /// A process that shares the store's runs with others.
    ///
    /// - Parameter time: How long its leases are good without being renewed.
    public func replica(_ name: String, time: Duration = .seconds(5)) async -> MemoryReplica {
        let replica = MemoryReplica(self, name: name, time: time)
        try? await replica.rejoin()
        return replica
    }

    func join(time: Duration) -> Int { leases.join(until: .now + time) }

    func renew(_ replica: Int, time: Duration) -> LeaseStanding? {
        guard leases.renew(replica, until: .now + time) else { return nil }
        return leases.standing(replica, unfinished: unfinished)
    }

    func leave(_ replica: Int) { leases.leave(replica) }

    func claim(as replica: Int, limit: Int) -> [RunLease] {
        var families: [RunID: [RunID]] = [:]
        for run in unfinished { families[top(run), default: []].append(run) }
        let inOrder = unfinished.compactMap { families.removeValue(forKey: top($0)) }
        let taken = leases.claim(inOrder, unfinished: unfinished, as: replica, limit: limit)
        return taken.map { run, isHandedOver in
            RunLease(
                run: run,
                epoch: leases.epoch(of: run),
                seq: runs[run]?.state.seq ?? 0,
                isHandedOver: isHandedOver
            )
        }
    }

    func release(_ wanted: [RunID], by replica: Int) {
        let tops = Set(wanted.map { top($0) })
        leases.release(unfinished.filter { tops.contains(top($0)) }, by: replica)
    }

    func append(_ groups: [CommitGroup], by replica: Int) throws(StoreError) -> [StoredTransition] {
        var changed = leases
        let stored = try append(groups) { transition in
            let state = runs[transition.run]?.state
            return changed.admits(
                transition.run,
                replica: replica,
                begins: state == nil,
                hasEnded: state?.status.isTerminal ?? false
            )
        }
        leases = changed
        return stored
    }

    /// The runs that have not ended, the oldest first.
    private var unfinished: [RunID] {
        runs.values.filter { !$0.state.status.isTerminal }.sorted {
            ($0.started, $0.number) < ($1.started, $1.number)
        }
        .map(\.state.id)
    }

    private func top(_ run: RunID) -> RunID {
        var top = run
        while let parent = runs[top]?.state.parent { top = parent }
        return top
    }

    private func add(_ transition: Transition) {
        log.append(
            StoredTransition(
                position: Position(Int64(log.count + 1)),
                transition: transition,
                bytes: transition.cloudEvent()
            )
        )
        var run =
            runs.removeValue(forKey: transition.run)
            ?? Run(state: RunState(id: transition.run), started: transition.at, number: runs.count)
        run.log.append(log.count - 1)
        run.state.apply(transition)
        runs[transition.run] = run
    }

    /// The place of the last transition.
    public func head() async throws(StoreError) -> Position { Position(Int64(log.count)) }

    /// The states of runs, the latest started first.
    public func runs(_ filter: RunFilter) async throws(StoreError) -> [RunState] {
        var sorted = runs.values.sorted { ($0.started, $0.number) > ($1.started, $1.number) }[...]
        if let after = filter.after {
            guard let place = sorted.firstIndex(where: { $0.state.id == after }) else { return [] }
            sorted = sorted[(place + 1)...]
        }
        return
            sorted.lazy
            .map(\.state)
            .filter { filter.ended == nil || $0.status.isTerminal == filter.ended }
            .prefix(max(filter.limit, 0))
            .map(\.self)
    }

    /// The state of one run, up to a transition of it; `nil` where there is no such run.
    public func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState? {
        guard let run = runs[id] else { return nil }
        guard let seq, seq < run.state.seq else { return run.state }
        // What a fork shares with the run that it comes from is in that run's log.
        if let origin = run.state.origin, seq <= origin.seq, seq > 0 {
            return try await self.run(origin.run, at: seq)
        }
        return run.log.prefix { log[$0].transition.seq <= seq }
            .reduce(into: RunState(id: id)) { $0.apply(log[$1].transition) }
    }

    /// The ids of the runs that start with a prefix, at most 20, in order.
    public func runIDs(prefix: String) async throws(StoreError) -> [RunID] {
        Array(runs.keys.filter { $0.rawValue.utf8.starts(with: prefix.utf8) }.sorted().prefix(20))
    }

    /// The transitions of a run after a seq, in order.
    public func transitions(of run: RunID, after seq: Int, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    {
        (runs[run]?.log ?? []).drop { log[$0].transition.seq <= seq }.prefix(max(limit, 0)).map { log[$0] }
    }

    /// The transitions of all runs after a place, in order.
    public func transitions(after position: Position, limit: Int) async throws(StoreError)
        -> [StoredTransition]
    {
        Array(log.dropFirst(Int(max(position.rawValue, 0))).prefix(max(limit, 0)))
    }

    /// Words by their names; names that are not there are left out.
    public func content(_ ids: [ContentID]) async throws(StoreError) -> [ContentID: Words] {
        ids.reduce(into: [:]) { $0[$1] = words[$1] }
    }

    /// Keeps a memory; keeping the memory of the same run and title again replaces it.
    public func remember(_ memory: Memory) async throws(StoreError) {
        memories.removeAll { $0.memory.run == memory.run && $0.memory.title == memory.title }
        memories.append(StoredMemory(number: (memories.last?.number ?? 0) + 1, memory: memory))
    }

    /// What runs on a workspace committed, the latest first.
    public func memories(
        workspace: String,
        before number: Int?,
        limit: Int
    ) async throws(StoreError) -> [StoredMemory] {
        memories.reversed().filter { $0.memory.workspace == workspace && $0.number < number ?? .max }
            .prefix(max(limit, 0))
            .map(\.self)
    }

    /// Memories of a workspace that match any word of a query: those that match most, then the latest.
    public func recall(_ query: String, workspace: String, limit: Int) async throws(StoreError) -> [Memory] {
        let wanted = Set(MemoryStore.words(of: query))
        let found = memories.enumerated().compactMap { index, stored -> (rank: Int, index: Int)? in
            let memory = stored.memory
            guard memory.workspace == workspace else { return nil }
            let rank = wanted.intersection(MemoryStore.words(of: memory.title + " " + memory.text)).count
            return rank > 0 ? (rank, index) : nil
        }
        return found.sorted { ($0.rank, $0.index) > ($1.rank, $1.index) }
            .prefix(max(limit, 0))
            .map { memories[$0.index].memory }
    }

    private static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// Answers by their idempotency key: puts `answer` where none is, and gives what is there.
    public func idempotent(key: String, answer: [UInt8]?) async throws(StoreError) -> [UInt8]? {
        if answers[key] == nil { answers[key] = answer }
        return answers[key]
    }
}

extension MemoryStore: ConversationStore {
    /// Keeps a new conversation; one of that name stays as it is.
    public func create(_ conversation: Conversation) { conversations.create(conversation) }

    /// A conversation; `nil` where there is none of that name.
    public func conversation(_ id: ConversationID) -> Conversation? { conversations[id] }

    /// Conversations, the latest started first.
    public func conversations(after: ConversationID?, limit: Int) -> [Conversation] {
        conversations.list(after: after, limit: limit)
    }

    /// Adds a message of a person.
    public func post(
        _ words: ContentID,
        key: String,
        at: Timestamp,
        trace: TraceContext?,
        to id: ConversationID
    ) -> Message? { conversations.post(words, key: key, at: at, trace: trace, to: id) }

    /// Messages after a number, in order.
    public func messages(of id: ConversationID, after number: Int, limit: Int) -> [Message] {
        conversations.messages(of: id, after: number, limit: limit)
    }

    /// The message whose turn it is.
    public func turn(of id: ConversationID, earlier: Int) -> Turn? {
        conversations.turn(of: id, earlier: earlier)
    }

    /// Gives a message its run, unless it has one.
    public func begin(_ message: Int, of id: ConversationID, run: RunID) -> RunID? {
        conversations.begin(message, of: id, run: run)
    }

    /// Adds the answer to a message, unless it has one.
    public func answer(_ answer: Message, in id: ConversationID) -> Message? {
        conversations.answer(answer, in: id)
    }

    /// The conversation that a run answers a message of.
    public func conversation(of run: RunID) -> ConversationID? { conversations.conversation(of: run) }

    /// Conversations with messages that wait for an answer, the longest waiting first.
    public func unanswered(limit: Int) -> [ConversationID] { conversations.unanswered(limit: limit) }
}

extension MemoryStore: ToolCallStore {
    /// Notes that a call is wanted, unless that is noted already.
    public func want(_ call: ToolCall, seq: Int) { toolCalls.want(call, seq: seq) }

    /// Takes a call for an executor.
    public func take(_ call: ToolCall, by executor: String, for time: Duration) -> Int? {
        toolCalls.take(call, by: executor, for: time)
    }

    /// Lets calls go that an executor took and didn't begin.
    public func giveBack(_ calls: [ToolCall], by executor: String) throws(StoreError) {
        try answer()
        toolCalls.giveBack(calls, by: executor)
    }

    /// Calls that nobody has taken for so long.
    public func untaken(for time: Duration, limit: Int) -> [ToolCall] {
        toolCalls.untaken(for: time, limit: limit)
    }

    /// Says that an executor still has calls.
    public func hold(_ calls: [ToolCall], by executor: String, for time: Duration)
        throws(StoreError) -> [ToolCall]
    {
        try answer()
        return toolCalls.hold(calls, by: executor, for: time)
    }

    /// Keeps how a call ended; the first result stays.
    public func finish(_ call: ToolCall, _ result: EffectResult) throws(StoreError) {
        try answer()
        toolCalls.finish(call, result)
    }

    /// Makes it unreachable for those who have calls, or reachable again.
    public func beAway(_ isAway: Bool) { self.isAway = isAway }

    private func answer() throws(StoreError) {
        if isAway { throw StoreError(.unavailable, "The store is away.") }
    }

    /// How calls stand.
    public func standings(of calls: [ToolCall]) -> [ToolCall: ToolCallStanding] {
        toolCalls.standings(of: calls)
    }

    /// Says that nobody wants a call any more.
    public func withdraw(_ call: ToolCall) -> Bool { toolCalls.withdraw(call) }

    /// Forgets calls that were wanted so long ago.
    public func forgetCalls(olderThan time: Duration) { toolCalls.forget(olderThan: time) }
}
