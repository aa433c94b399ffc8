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
    /// The seq of the last entry, and how many there are.
    var last = 0
    var count = 0

    struct Grant {
        var reserve: Usage
        var tokens: Bool
        var microdollars: Bool
        var steps: Bool
    }

    init(_ id: RunID) { state = RunState(id: id) }
}

/// A try's name.
struct EffectKey: Hashable {
    let run: RunID
    let effect: Int
}

extension Usage {
    /// Whether each amount is at most another's.
    func fits(_ other: Usage) -> Bool {
        tokens <= other.tokens && microdollars <= other.microdollars && steps <= other.steps
    }
}
