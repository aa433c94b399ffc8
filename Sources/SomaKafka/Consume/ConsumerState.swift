import SomaCore
import SomaEngine

/// What a consumer's thread and its callers share.
struct ConsumerState {
    typealias Received = Result<KafkaBatch, BusError>

    /// Somebody waits for messages.
    struct Demand {
        let number: UInt
        let max: Int
        let waiter: CheckedContinuation<Received, Never>
    }

    var demand: Demand?
    private(set) var lastDemand: UInt = 0
    /// What came when its asker was gone.
    private(set) var spare = KafkaBatch()
    /// What this member has.
    private(set) var assigned: Set<BusPartition> = []
    var commits: [UInt: CheckedContinuation<BusError?, Never>] = [:]
    private var lastCommit: UInt = 0
    /// How far each partition was committed since it came: commits that end in another order never take one back.
    private var committed: [BusPartition: Int64] = [:]
    /// What the next asker is told; a fatal one stays.
    var failure: BusError?
    var isClosing = false
    var hasBegunClosing = false
    private(set) var isClosed = false

    // MARK: Messages

    /// Registers somebody; an answer where there is one at once.
    mutating func ask(_ max: Int, _ waiter: CheckedContinuation<Received, Never>) -> Received? {
        if isClosed || isClosing { return .success(KafkaBatch()) }
        if let answer = failureOnce() { return .failure(answer) }
        guard demand == nil else {
            preconditionFailure("Only one task at a time waits for a consumer's next messages.")
        }
        spare = wanted(spare)
        if !spare.isEmpty { return .success(spare.take(max)) }
        demand = Demand(number: lastDemand, max: max, waiter: waiter)
        return nil
    }

    /// The number that the next demand has.
    mutating func newDemand() -> UInt {
        lastDemand &+= 1
        return lastDemand
    }

    /// Takes the demand back, where it is still there.
    mutating func withdraw(_ number: UInt) -> CheckedContinuation<Received, Never>? {
        guard demand?.number == number else { return nil }
        defer { demand = nil }
        return demand?.waiter
    }

    /// Answers with messages that came; they are kept where nobody asks any more.
    mutating func deliver(_ batch: KafkaBatch) -> (CheckedContinuation<Received, Never>, Received)? {
        let batch = wanted(batch)
        guard !batch.isEmpty else { return nil }
        guard let asker = demand else {
            spare.add(batch)
            return nil
        }
        demand = nil
        return (asker.waiter, .success(batch))
    }

    /// Tells the asker, or the next one, that something is wrong.
    mutating func fail(_ error: BusError) -> (CheckedContinuation<Received, Never>, Received)? {
        if failure?.kind != .fatal { failure = error }
        guard let asker = demand, let error = failureOnce() else { return nil }
        demand = nil
        return (asker.waiter, .failure(error))
    }

    private mutating func failureOnce() -> BusError? {
        defer { if failure?.kind != .fatal { failure = nil } }
        return failure
    }

    private func wanted(_ batch: KafkaBatch) -> KafkaBatch {
        var wanted = batch
        wanted.messages.removeAll { !assigned.contains($0.partition) }
        wanted.ends = batch.ends.filter { assigned.contains($0.key) }
        return wanted
    }

    // MARK: Rebalancing

    /// Partitions were given to this member.
    mutating func give(_ partitions: some Sequence<BusPartition>) { assigned.formUnion(partitions) }

    /// Partitions are taken away: nothing more of them is handed out, and nothing is committed.
    mutating func take(away partitions: [BusPartition]) {
        assigned.subtract(partitions)
        // Where one comes back, another member may have handled what is kept here.
        spare = wanted(spare)
        for partition in partitions { committed[partition] = nil }
    }

    // MARK: Commits

    /// The offsets to commit for messages, without those of partitions that are no longer here.
    func offsets(of messages: [BusMessage]) -> [BusPartition: Int64] {
        var offsets: [BusPartition: Int64] = [:]
        for message in messages where assigned.contains(message.partition) {
            offsets[message.partition] = max(offsets[message.partition] ?? 0, message.offset.addingClamped(1))
        }
        return offsets.filter { $0.value > committed[$0.key] ?? -1 }
    }

    /// The offsets were committed.
    mutating func note(committed offsets: [BusPartition: Int64]) {
        for (partition, offset) in offsets where assigned.contains(partition) {
            committed[partition] = max(committed[partition] ?? 0, offset)
        }
    }

    mutating func newCommit(_ waiter: CheckedContinuation<BusError?, Never>) -> UInt {
        lastCommit &+= 1
        commits[lastCommit] = waiter
        return lastCommit
    }

    // MARK: The end

    /// Everybody who waits is let go.
    mutating func end() -> (demand: Demand?, commits: [CheckedContinuation<BusError?, Never>]) {
        isClosed = true
        defer { (demand, commits) = (nil, [:]) }
        return (demand, Array(commits.values))
    }
}
