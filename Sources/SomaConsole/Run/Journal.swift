package import SomaCore

/// The log of one run, as far as it has arrived.
package struct Journal: Sendable {
    /// The transitions in order.
    package private(set) var transitions: [Transition] = []
    /// Whether the log from the start has arrived.
    package private(set) var isLoaded = false

    /// The most transitions that are kept; of a longer log the newest.
    package static let transitionsMax = 200_000

    package init() {}

    /// Takes the log in place of what was there; newer transitions that came meanwhile stay.
    package mutating func load(_ log: [Transition]) {
        let newer = transitions.filter { $0.seq > log.last?.seq ?? 0 }
        transitions = log.suffix(Self.transitionsMax) + newer
        isLoaded = true
    }

    /// Takes the next transition. Returns false where others are missing before it: the log must be asked for again.
    package mutating func append(_ transition: Transition) -> Bool {
        let last = transitions.last?.seq ?? 0
        guard transition.seq > last else { return true }
        guard !isLoaded || transition.seq == last + 1 else {
            isLoaded = false
            transitions.append(transition)
            return false
        }
        transitions.append(transition)
        return true
    }

    /// How many transitions there are up to a seq.
    package func count(upTo seq: Int) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].seq <= seq { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The run's state after a seq.
    package func state(of id: RunID, at seq: Int) -> RunState {
        var state = RunState(id: id)
        for transition in transitions.prefix(count(upTo: seq)) { state.apply(transition) }
        return state
    }
}
