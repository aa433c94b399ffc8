import SomaCore
import Synchronization

/// The epochs under which a store may append to runs, as the server gave them.
final class LeaseBook: Sendable {
    private struct State {
        var replica: Int64?
        var epochs: [RunID: Int64] = [:]
    }

    private let state = Mutex(State())

    /// As whom the runs are held; `nil` for somebody who holds none.
    var replica: Int64? { state.withLock(\.replica) }

    /// How many runs are held.
    var count: Int { state.withLock(\.epochs.count) }

    /// The runs that are held.
    var runs: [RunID] { state.withLock { Array($0.epochs.keys) } }

    /// The epoch of a run that is held; 0 for any other, which only fits runs that nobody ever held.
    func epoch(of run: RunID) -> Int64 { state.withLock { $0.epochs[run] ?? 0 } }

    /// The epochs of those runs that are held, if they are held as that replica.
    func epochs(of runs: [RunID], as replica: Int64?) -> [RunID: Int64] {
        state.withLock { state in
            guard replica != nil, state.replica == replica else { return [:] }
            return runs.reduce(into: [:]) { $0[$1] = state.epochs[$1] }
        }
    }

    /// Begins to hold runs as a replica.
    func begin(replica: Int64, _ epochs: [RunID: Int64] = [:]) {
        state.withLock { $0 = State(replica: replica, epochs: epochs) }
    }

    /// Holds more runs, unless it is no longer that replica.
    func add(_ epochs: [RunID: Int64], as replica: Int64) {
        state.withLock { state in
            guard state.replica == replica else { return }
            state.epochs.merge(epochs) { max($0, $1) }
        }
    }

    /// Holds runs no longer, because they ended or were let go.
    func drop(_ runs: some Sequence<RunID>) {
        state.withLock { state in
            for run in runs { state.epochs[run] = nil }
        }
    }

    /// Holds nothing any more.
    func end() { state.withLock { $0 = State() } }
}
