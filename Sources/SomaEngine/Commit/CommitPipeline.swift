import SomaCore

/// What waits to become durable, and what is on its way to it: at most two commits at a time, one at the store, and one
/// that is put into the store's form meanwhile and waits at its door, so that the store isn't idle in between.
///
/// Knows neither store nor engine: it says when a commit is to begin and what is in it, and is told when one is over.
struct CommitPipeline {
    /// How many groups one commit takes at most.
    static let groupsPerCommitMax = 2048
    /// How many commits are on their way at a time.
    static let commitsUnderWayMax = 2
    /// How many groups make it worth while to form the next commit before the one under way is over.
    static let groupsAheadMin = 16

    /// A commit that is to be written now.
    struct Commit {
        /// Counted from 1, in the order in which they must be heard of.
        let number: Int
        let groups: [CommitGroup]
        /// Whether another one is still on its way.
        let isAhead: Bool
    }

    private struct UnderWay {
        let number: Int
        let groups: Int
        let runs: Set<RunID>
        /// How often everything had been lost when it was decided.
        let losses: Int
    }

    /// Decided, and not on its way yet.
    private(set) var waiting: [CommitGroup] = []
    /// The runs of the commits that are on their way, where others may take them meanwhile.
    private(set) var runsUnderWay: Set<RunID> = []
    private var underWay: [UnderWay] = []
    private var begun = 0
    private var losses = 0
    private let isShared: Bool

    /// - Parameter isShared: Whether other processes may take the runs.
    init(isShared: Bool) { self.isShared = isShared }

    /// Whether nothing waits and nothing is on its way.
    var isIdle: Bool { waiting.isEmpty && underWay.isEmpty }

    mutating func add(_ group: CommitGroup) { waiting.append(group) }

    /// Drops what these runs decided and what is not on its way: it rests on leases that are gone.
    mutating func drop(_ runs: Set<RunID>) { waiting.removeAll { runs.contains($0.run) } }

    /// Everything was lost: what was decided until now must not be mistaken for what is decided under new leases.
    mutating func loseAll() { losses += 1 }

    /// The next commit, where it is time for one.
    ///
    /// One that is formed ahead is begun when it is as large as the one before, so that commits don't become small.
    mutating func next() -> Commit? {
        guard !waiting.isEmpty, underWay.count < Self.commitsUnderWayMax else { return nil }
        if let first = underWay.first, waiting.count < max(first.groups, Self.groupsAheadMin) { return nil }
        let groups = Array(waiting.prefix(Self.groupsPerCommitMax))
        waiting.removeFirst(groups.count)
        begun += 1
        let runs = isShared ? Set(groups.lazy.flatMap(\.transitions).map(\.run)) : []
        let commit = Commit(number: begun, groups: groups, isAhead: !underWay.isEmpty)
        underWay.append(UnderWay(number: begun, groups: groups.count, runs: runs, losses: losses))
        runsUnderWay.formUnion(runs)
        return commit
    }

    /// A commit is over, one way or another; `nil` for a part of one.
    mutating func landed(_ number: Int?) {
        guard let number else { return }
        underWay.removeAll { $0.number == number }
        runsUnderWay = underWay.reduce(into: []) { $0.formUnion($1.runs) }
    }

    /// Whether everything was lost since a commit that is on its way was decided.
    func wasLost(_ number: Int) -> Bool {
        underWay.contains { $0.number == number && $0.losses < losses }
    }
}
