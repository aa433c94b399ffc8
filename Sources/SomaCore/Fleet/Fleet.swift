/// All runs: the fold of every transition, whatever order the runs' records are mixed in.
///
/// Runs depend on no other run's records, so any order that keeps each run's own gives the same fleet.
public struct Fleet: Sendable, Equatable {
    /// The runs in the order in which they were first seen.
    public private(set) var runs: [RunState] = []
    /// How many transitions were folded; repeats don't count.
    public private(set) var transitions = 0
    /// How many transitions were missing when the next one came.
    public private(set) var gaps = 0
    /// When the latest transition was decided.
    public private(set) var lastAt = Timestamp(microseconds: 0)

    private var places: [RunID: Int] = [:]
    /// The run of the last transition: records of one run mostly come together.
    private var latest: (id: RunID, place: Int)?

    /// Creates a fleet without runs.
    public init() {}

    /// Creates a fleet from the states of its runs.
    public init(runs: [RunState]) {
        self.runs = runs
        for (place, run) in runs.enumerated() {
            places[run.id] = place
            transitions.increase(by: run.seq)
            lastAt = max(lastAt, run.lastAt)
        }
    }

    package init(runs: [RunState], transitions: Int, gaps: Int, lastAt: Timestamp) {
        self.init(runs: runs)
        self.transitions = transitions
        self.gaps = gaps
        self.lastAt = lastAt
    }

    /// The state of a run, or `nil` where nothing is known of it.
    public subscript(id: RunID) -> RunState? { places[id].map { runs[$0] } }

    /// Where a run is in `runs`; `nil` where nothing is known of it.
    package func place(known id: RunID) -> Int? { places[id] }

    /// Folds one transition.
    @discardableResult
    public mutating func apply(_ transition: Transition) -> RunState.Applied {
        let place = place(of: transition.run)
        let missing = transition.seq.subtractingClamped(runs[place].seq).subtractingClamped(1)
        let applied = runs[place].apply(transition)
        guard applied != .repeated else { return applied }
        transitions += 1
        if applied == .afterGap { gaps.increase(by: max(0, missing)) }
        lastAt = max(lastAt, transition.at)
        return applied
    }

    /// Puts a run's state in place of what was known of it, as from a snapshot.
    public mutating func replace(_ run: RunState) {
        let place = place(of: run.id)
        transitions.increase(by: run.seq.subtractingClamped(runs[place].seq))
        runs[place] = run
        lastAt = max(lastAt, run.lastAt)
    }

    /// Forgets a run.
    public mutating func remove(_ id: RunID) {
        guard let place = places.removeValue(forKey: id) else { return }
        transitions = transitions.subtractingClamped(runs[place].seq)
        runs.remove(at: place)
        for (index, run) in runs.enumerated().dropFirst(place) { places[run.id] = index }
        latest = nil
    }

    /// Where a run is in `runs`; a run that is not known yet is put at the end.
    package mutating func place(of id: RunID) -> Int {
        if let latest, latest.id == id { return latest.place }
        let place: Int
        if let known = places[id] {
            place = known
        } else {
            place = runs.count
            places[id] = place
            runs.append(RunState(id: id))
        }
        latest = (id, place)
        return place
    }

    /// Compares the runs; in what order they were seen counts, caches don't.
    public static func == (left: Fleet, right: Fleet) -> Bool {
        left.runs == right.runs && left.transitions == right.transitions && left.gaps == right.gaps
            && left.lastAt == right.lastAt
    }
}

extension Fleet {
    /// The runs that a prefix of an id names.
    public func runs(prefix: String) -> [RunState] {
        if let exact = self[RunID(prefix)] { return [exact] }
        return runs.filter { $0.id.rawValue.hasPrefix(prefix) }
    }

    /// The runs that a run delegated, in their order.
    public func children(of id: RunID) -> [RunState] { runs.filter { $0.parent == id } }

    /// The runs that wait for a person, the longest first.
    public var needingPerson: [RunState] {
        runs.compactMap { run in run.waiting.flatMap { $0.reason.needsPerson ? (run, $0.since) : nil } }
            .sorted { $0.1 < $1.1 }
            .map { $0.0 }
    }
}
