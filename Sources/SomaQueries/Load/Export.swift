/// What `soma export` writes: the rows of one view, in a fixed order.
package enum Export: String, Sendable, Hashable, CaseIterable {
    case runs, transitions, effects, costs

    /// The query behind it. Runs come in the order in which they started, effects and costs in the order of their times,
    /// transitions as they are read: those of one run in order.
    package var sql: String {
        switch self {
        case .runs: "SELECT * FROM runs ORDER BY started_at, run"
        case .transitions: "SELECT * FROM transitions"
        case .effects: "SELECT * FROM effects ORDER BY requested_at, run, seq"
        case .costs: "SELECT * FROM costs ORDER BY at, run, seq"
        }
    }
}
