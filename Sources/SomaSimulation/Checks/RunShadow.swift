import SomaCore

/// One run as the checks know it: from the bytes in the log alone.
struct RunShadow {
    /// The fold of the log.
    var state: RunState
    /// The entries that were acknowledged, by place in the log, with their hashes.
    var acknowledged: [(place: Int, hash: UInt64)] = []
    /// The seq of the first entry.
    var first = 0
    /// What was spent and reserved after the last group; `nil` before the first.
    var committed: Usage?
    /// The questions that were closed.
    var closed: Set<Int> = []
    /// The tries that the log says were started, by effect.
    var started: [Int: Int] = [:]
    /// How often an effect was settled as not having happened.
    var undone: [Int: Int] = [:]
    /// What children were granted, and in which amounts that binds.
    var grants: [RunID: Grant] = [:]
    /// Transitions that others of the same decision follow.
    var inside: Set<Int> = []
    /// What calls that had been given up turned out to have used, here and in children.
    var late = Usage.zero
    /// What was spent when the run ended.
    var spentAtEnd = Usage.zero
    /// How the last group was decided, and when the engine was told that one is durable.
    var decision: Decision?
    var acknowledgedAt: Int64 = 0
    /// When a decision was complete last, within its group.
    var completedAt: Int64 = 0
    /// The last epoch under which the run was given to a process, and how one took it up.
    var epoch: Int64 = 0
    var taken: Taken?
    /// What waits for a time, by effect.
    var waits: [Int: Wait] = [:]
    /// The waits that are over.
    var rung: Set<Ring> = []
    /// How long the run has been at work in processes that told us, in microseconds.
    var worked: Int64 = 0
    /// The seq of the last entry, and how many there are.
    var last = 0
    var count = 0

    struct Grant {
        var reserve: Usage
        var tokens: Bool
        var microdollars: Bool
        var steps: Bool
    }

    /// A wait for a time: for another try, or for a try that takes too long.
    struct Wait {
        let began: Int64
        /// As the log has it.
        let since: Timestamp
        let tenure: Int
        let length: Int64
    }

    /// The end of a wait, by what waited.
    struct Ring: Hashable {
        let effect: Int
        let attempt: Int
        let isRetry: Bool
    }

    /// How a process took the run up from the log: when, also by its clock on the wall.
    struct Taken {
        let at: Int64
        let wall: Timestamp
        let tenure: Int
        let skew: Int64
    }

    /// What nobody could hold back any more may go over a limit.
    mutating func allow(_ usage: Usage) {
        late = late + usage
        committed = committed.map { $0 + usage }
    }

    init(_ id: RunID) { state = RunState(id: id) }
}

/// A try's name.
struct EffectKey: Hashable {
    let run: RunID
    let effect: Int
}

/// One try of an effect.
struct TryKey: Hashable {
    let key: EffectKey
    let attempt: Int
}

extension Usage {
    /// Whether each amount is at most another's.
    func fits(_ other: Usage) -> Bool {
        tokens <= other.tokens && microdollars <= other.microdollars && steps <= other.steps
    }
}
