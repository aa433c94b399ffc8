package import SomaCore

/// A moment that a pane stays at while the cursor goes on in the other.
package struct PinnedMoment: Sendable {
    package var place: ReplayPlace
    package var fleet: Fleet
    package var index: FleetIndex
    package var activity: [RunID: Activity]
    package var recentEffects: RecentEffects

    package init(
        place: ReplayPlace,
        fleet: Fleet,
        index: FleetIndex,
        activity: [RunID: Activity],
        recentEffects: RecentEffects
    ) {
        self.recentEffects = recentEffects
        self.place = place
        self.fleet = fleet
        self.index = index
        self.activity = activity
    }
}

extension AppState {
    /// Lets something be done with the focused pane's own moment on the screen, where it is pinned to one.
    mutating func atOwnMoment<Result>(_ body: (inout AppState) -> Result) -> Result {
        guard let pinned = pane.pinned, let cursor = replay else { return body(&self) }
        let focused = focus
        var other = pinned
        swap(&fleet, &other.fleet)
        swap(&index, &other.index)
        swap(&activity, &other.activity)
        swap(&recentEffects, &other.recentEffects)
        replay?.place = pinned.place
        defer {
            swap(&fleet, &other.fleet)
            swap(&index, &other.index)
            swap(&activity, &other.activity)
            swap(&recentEffects, &other.recentEffects)
            replay?.place = cursor.place
            if panes.indices.contains(focused), panes[focused].pinned != nil {
                panes[focused].pinned?.index = other.index
            }
        }
        return body(&self)
    }

    /// The focused pane at its own moment: for drawing.
    func atOwnMoment() -> AppState {
        guard let pinned = pane.pinned, replay != nil else { return self }
        var state = self
        state.fleet = pinned.fleet
        state.index = pinned.index
        state.activity = pinned.activity
        state.recentEffects = pinned.recentEffects
        state.replay?.place = pinned.place
        return state
    }

    /// Lets the focused pane stay at this moment, or go with the cursor again.
    mutating func togglePin() {
        if pane.pinned != nil {
            pane.pinned = nil
            notice = Notice("This view goes with the cursor again.")
            return
        }
        guard panes.count > 1 else {
            notice = Notice("Open a second view first, with |: one stays, the other goes with the cursor.")
            return
        }
        guard let replay else {
            notice = Notice("The past has not arrived yet.")
            return
        }
        for place in panes.indices { panes[place].pinned = nil }
        pane.pinned = PinnedMoment(
            place: replay.place,
            fleet: fleet,
            index: index,
            activity: activity,
            recentEffects: recentEffects
        )
        notice = Notice(
            "This view stays at \(clock.time(replay.place.at, within: replay.overview.length)); the other goes with the cursor."
        )
    }

    /// The moment that a pane is pinned to, where two are in sight.
    package var pinnedInSight: PinnedMoment? {
        let panes = panesInSight
        guard panes.count > 1 else { return nil }
        return panes.lazy.compactMap { self.panes[$0].pinned }.first
    }
}
