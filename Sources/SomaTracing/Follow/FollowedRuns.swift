import SomaCore

/// Runs that are followed, each at a place of its own: found by name once, and changed where it lies, because the trace of a run
/// is large.
struct FollowedRuns: Sendable {
    /// Where a run is, until it is removed.
    typealias Place = Int

    private var places: [RunID: Place] = [:]
    private var runs: [FollowedRun] = []
    /// Places of runs that were removed.
    private var free: [Place] = []

    var count: Int { places.count }

    /// Where a run is; `nil` for one that isn't followed.
    func place(of run: RunID) -> Place? { places[run] }

    subscript(_ place: Place) -> FollowedRun {
        get { runs[place] }
        _modify { yield &runs[place] }
    }

    /// Adds a run that isn't followed.
    mutating func add(_ id: RunID, _ run: FollowedRun) -> Place {
        let place: Place
        if let last = free.popLast() {
            place = last
            runs[place] = run
        } else {
            place = runs.count
            runs.append(run)
        }
        places[id] = place
        return place
    }

    /// Removes a run.
    mutating func remove(_ id: RunID) -> FollowedRun? {
        guard let place = places.removeValue(forKey: id) else { return nil }
        free.append(place)
        let run = runs[place]
        // Its memory is given back.
        runs[place].trace = nil
        return run
    }
}
