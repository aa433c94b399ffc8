package import SomaCore

/// The few runs that the home view tells of.
struct HomeSummary {
    /// What a person is needed for, the most urgent first.
    let needs: [Inbox.Entry]
    /// How many there are in all.
    let needsTotal: Int
    /// Runs at work, the newest first.
    let running: [RunState]
    /// How many there are in all.
    let runningTotal: Int
    /// Runs that ended, the latest first.
    let ended: [RunState]
    /// What the runs that started today have used, those below others left out: their parents' sums hold them.
    let today: Usage
    /// How many runs started today.
    let startedToday: Int

    init(_ state: AppState) {
        needs = Array(state.inbox.entries.lazy.filter { $0.closing == nil }.prefix(3))
        needsTotal = state.inbox.openCount
        running = state.homeRuns.running.compactMap { state.fleet[$0] }
        ended = state.homeRuns.ended.compactMap { state.fleet[$0] }
        runningTotal = state.index.running
        (today, startedToday) = (state.spending.today, state.spending.startedToday)
    }
}

/// Which runs the home view tells of, found anew only where a run has changed.
package struct HomeRuns: Sendable {
    /// Runs at work, the newest first.
    package private(set) var running: [RunID] = []
    /// Runs that ended, the latest first.
    package private(set) var ended: [RunID] = []
    private var epoch = -1
    private var position = FleetIndex.Position()

    /// How many of each there are at most.
    private static let most = 5

    package init() {}

    mutating func arrange(_ index: FleetIndex, _ fleet: Fleet) {
        guard index.epoch != epoch || index.position != position else { return }
        (epoch, position) = (index.epoch, index.position)
        var running = Latest()
        var ended = Latest()
        for (place, facts) in index.facts.enumerated() {
            if facts.isEnded {
                if index.parent(of: place) == nil { ended.take(place, facts.moment) }
            } else if facts.zone == 1, facts.standing.mark != .unknown {
                running.take(place, facts.moment)
            }
        }
        self.running = running.places.map { fleet.runs[$0].id }
        self.ended = ended.places.map { fleet.runs[$0].id }
    }

    /// The few places with the least moments, in order.
    private struct Latest {
        private(set) var places: [Int] = []
        private var moments: [Int64] = []

        mutating func take(_ place: Int, _ moment: Int64) {
            if moments.count == HomeRuns.most, let last = moments.last, moment >= last { return }
            let at = moments.firstIndex { $0 > moment } ?? moments.count
            moments.insert(moment, at: at)
            places.insert(place, at: at)
            guard moments.count > HomeRuns.most else { return }
            moments.removeLast()
            places.removeLast()
        }
    }
}
