import SomaCore

/// What a client of the stream wants to see.
struct StreamFilter: Sendable {
    private let runs: Set<RunID>
    private let kinds: Set<String>
    private let families: [String]

    /// Creates a filter; empty lists let everything through.
    ///
    /// - Parameter kinds: Names such as `node.entered`, or families such as `run`.
    init(runs: [RunID], kinds: [String]) {
        self.runs = Set(runs)
        self.kinds = Set(kinds)
        families = kinds.filter { !$0.contains(".") }.map { $0 + "." }
    }

    /// Whether a transition is wanted.
    func wants(_ transition: Transition) -> Bool {
        guard wants(transition.run) else { return false }
        guard !kinds.isEmpty else { return true }
        let name = transition.kind.name
        return kinds.contains(name) || families.contains { name.hasPrefix($0) }
    }

    /// Whether output of a run is wanted.
    func wants(_ run: RunID) -> Bool { runs.isEmpty || runs.contains(run) }

    /// Whether output is wanted at all.
    var wantsOutput: Bool { kinds.isEmpty || kinds.contains("output") }
}
