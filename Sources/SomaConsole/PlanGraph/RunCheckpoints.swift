import SomaCore

/// States of a run along its log, so that walking along a long log folds only what lies between two of them.
struct RunCheckpoints: Sendable {
    private var run: RunID?
    private var first: Int?
    private var states: [RunState] = []
    /// How many transitions were folded so far: the work that was done.
    private(set) var folded = 0

    /// After how many transitions a state is kept.
    static let stride = 512

    /// The run's state after the first transitions of its log.
    mutating func state(of id: RunID, log: [Transition], count: Int) -> RunState {
        if run != id || first != log.first?.seq {
            (run, first) = (id, log.first?.seq)
            states = []
        }
        let count = min(count, log.count)
        let known = min(max(0, count) / Self.stride, states.count)
        var state = known == 0 ? RunState(id: id) : states[known - 1]
        for index in (known * Self.stride)..<max(known * Self.stride, count) {
            state.apply(log[index])
            folded += 1
            if (index + 1) % Self.stride == 0, states.count == index / Self.stride { states.append(state) }
        }
        return state
    }
}
