import SomaCore

extension Fleet {
    /// Forgets the runs that ended first, once there are more than twice as many as are kept: seldom, since it takes time.
    mutating func forgetEnded(beyond kept: Int) {
        guard runs.count > 2 * kept else { return }
        let ended = runs.filter(\.status.isTerminal)
        guard ended.count > 2 * kept else { return }
        let latest = Set(ended.sorted { $0.lastAt > $1.lastAt }.prefix(kept).map(\.id))
        self = Fleet(runs: runs.filter { !$0.status.isTerminal || latest.contains($0.id) })
    }
}
