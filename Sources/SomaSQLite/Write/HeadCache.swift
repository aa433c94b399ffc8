import SomaCore

/// Where a run's log ends.
struct Head: Sendable, Equatable {
    /// The run's number in the file.
    var number: Int64
    /// The seq of its last transition.
    var seq: Int
    /// When it ended.
    var ended: Int64?
    /// Whether the file has a row for it.
    var isStored: Bool
}

/// The heads of the runs that were written last, so that a commit needs no look-up.
struct HeadCache: Sendable {
    /// Beyond this many the cache starts anew; a look-up costs microseconds.
    static let runsMax = 20_000

    private(set) var heads: [RunID: Head] = [:]

    subscript(_ run: RunID) -> Head? { heads[run] }

    mutating func keep(_ changed: [RunID: Head]) {
        if heads.count + changed.count > Self.runsMax { heads.removeAll() }
        for (run, head) in changed { heads[run] = head }
    }

    mutating func forget() { heads.removeAll() }
}
