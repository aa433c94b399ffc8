package import SomaCore

/// What a person left on the screen of one context, to be found again after a restart.
package struct Desk: Sendable, Hashable {
    /// The panes, the first one first; one or two.
    package var panes: [PaneDesk] = []
    /// Which of them had the keys.
    package var focus = 0
    /// How two of them shared the screen.
    package var split = Split()
    /// Places by their letters.
    package var marks: [Character: Place] = [:]

    package init() {}

    /// What is left of a pane.
    package struct PaneDesk: Sendable, Hashable {
        /// The views from the first to the one in sight.
        package var route: [Route]
        /// Filters by the view that they are in.
        package var filters: [ViewName: String] = [:]
        /// The selected run of views that are lists.
        package var selected: [ViewName: RunID] = [:]

        package init(_ route: [Route]) { self.route = route }
    }
}

extension AppState {
    /// What is to be remembered of the context in sight.
    package var desk: Desk {
        var desk = Desk()
        var state = self
        for place in panes.indices {
            state.focus = place
            var left = Desk.PaneDesk(state.route)
            for name in ViewName.allCases where Self.isList(name) {
                guard let feature = Route(name, run: nil)?.feature else { continue }
                if let filter = feature.filter, !state[keyPath: filter].isEmpty {
                    left.filters[name] = state[keyPath: filter]
                }
                left.selected[name] = state.pane.selected(name)
            }
            desk.panes.append(left)
        }
        desk.focus = focus
        desk.split = split
        desk.split.isDragged = false
        desk.marks = habits.marks
        return desk
    }

    /// Puts back what was remembered, but for views of a Kafka or a Jaeger where none is named now; runs that are gone are left
    /// out once a snapshot has told which there are.
    package mutating func restore(_ desk: Desk) {
        habits.marks = desk.marks
        guard !desk.panes.isEmpty else { return }
        panes = desk.panes.map { left in
            let route = left.route.filter(hasSource)
            var pane = Pane(route.isEmpty ? [.fleet] : route)
            for (name, run) in left.selected { pane.select(run, in: name) }
            return pane
        }
        for (place, left) in desk.panes.enumerated() {
            focus = place
            for (name, text) in left.filters {
                guard let filter = Route(name, run: nil)?.feature.filter else { continue }
                self[keyPath: filter] = text
            }
        }
        focus = panes.indices.contains(desk.focus) ? desk.focus : 0
        split = desk.split
        habits.mayNameGoneRuns = true
    }

    private func hasSource(_ route: Route) -> Bool {
        switch route {
        case .kafka, .topic: kafka.isNamed
        case .traces, .trace(.trace): traces.address != nil
        default: true
        }
    }

    /// Takes views of runs that are gone out of what was restored.
    mutating func forgetGoneRuns() {
        guard habits.mayNameGoneRuns else { return }
        habits.mayNameGoneRuns = false
        for place in panes.indices {
            panes[place].route.removeAll { route in
                if case .compare(let left, let right) = route {
                    return fleet[left] == nil || fleet[right] == nil
                }
                return route.run.map { fleet[$0] == nil } ?? false
            }
            if panes[place].route.isEmpty { panes[place].route = [.fleet] }
        }
    }

    /// Whether a view is a list that is about no single run.
    private static func isList(_ name: ViewName) -> Bool {
        switch name {
        case .fleet, .agents, .approvals, .effects, .events, .kafka, .traces, .cost, .metrics: true
        case .home, .plan, .run, .compare: false
        }
    }
}

extension Pane {
    /// The selected run of a view that is a list.
    fileprivate func selected(_ name: ViewName) -> RunID? {
        switch name {
        case .fleet: fleetView.selected
        case .agents: agentsView.selected
        case .approvals: approvalsView.selected?.run
        case .home, .effects, .events, .plan, .run, .compare, .kafka, .traces, .cost, .metrics: nil
        }
    }

    fileprivate mutating func select(_ run: RunID, in name: ViewName) {
        switch name {
        case .fleet: fleetView.selected = run
        case .agents: agentsView.selected = run
        case .approvals: approvalsView.wantedRun = run
        case .home, .effects, .events, .plan, .run, .compare, .kafka, .traces, .cost, .metrics: break
        }
    }
}
