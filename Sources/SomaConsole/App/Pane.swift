package import SomaCore
import SomaTerminal

/// One part of the screen: the way to its view, and what a person is doing in each view.
package struct Pane: Sendable {
    /// The views from the first to the one in sight.
    package var route: [Route] = [.fleet]
    /// The views that were left by going back, the next one last.
    package var ahead: [Route] = []
    /// The fleet's table.
    package var fleetView = FleetState()
    /// The hierarchy of runs.
    package var agentsView = AgentsState()
    /// What waits for a person.
    package var approvalsView = ApprovalsState()
    /// The ledger of effects.
    package var effectsView = EffectsState()
    /// The stream of transitions.
    package var eventsView = EventsState()
    /// The plan graph.
    package var planView = PlanGraphState()
    /// The timeline.
    package var runView = RunViewState()
    /// Two runs side by side.
    package var compareView = CompareState()
    /// The topics.
    package var kafkaView = KafkaState()
    /// A topic's messages.
    package var topicView = TopicState()
    /// The list of traces.
    package var tracesView = TracesState()
    /// The spans of a trace.
    package var traceView = TraceState()
    /// The panels of a dashboard.
    package var metricsView = MetricsState()
    /// The list of costs.
    package var costView = CostState()
    /// The moment that the pane stays at while the time cursor goes on in the other.
    package var pinned: PinnedMoment?
    /// What was in sight when the last frame was shown; `nil` where none was.
    package var drawn: Sight?

    package init(_ route: [Route] = [.fleet]) { self.route = route }
}

/// How two panes share the body.
package struct Split: Sendable, Hashable {
    /// Side by side, or one above the other.
    package enum Direction: String, Sendable, Hashable, CaseIterable { case columns, rows }

    /// Side by side or one above the other.
    package var direction = Direction.columns
    /// The first pane's share, in percent.
    package var percent = 50
    /// Whether only the pane with the focus is in sight.
    package var isZoomed = false
    /// Whether the mouse holds what divides the two.
    package var isDragged = false

    /// The least and the most share of the first pane.
    package static let percents = 20...80

    package init() {}
}

extension AppState {
    /// The pane that keys go to.
    package var pane: Pane {
        get { panes[focus] }
        _modify { yield &panes[focus] }
    }

    /// The views from the first to the one in sight.
    package var route: [Route] {
        get { panes[focus].route }
        _modify { yield &panes[focus].route }
    }

    package var fleetView: FleetState {
        get { panes[focus].fleetView }
        _modify { yield &panes[focus].fleetView }
    }

    package var kafkaView: KafkaState {
        get { panes[focus].kafkaView }
        _modify { yield &panes[focus].kafkaView }
    }

    package var topicView: TopicState {
        get { panes[focus].topicView }
        _modify { yield &panes[focus].topicView }
    }

    package var tracesView: TracesState {
        get { panes[focus].tracesView }
        _modify { yield &panes[focus].tracesView }
    }

    package var metricsView: MetricsState {
        get { panes[focus].metricsView }
        _modify { yield &panes[focus].metricsView }
    }

    package var traceView: TraceState {
        get { panes[focus].traceView }
        _modify { yield &panes[focus].traceView }
    }

    package var costView: CostState {
        get { panes[focus].costView }
        _modify { yield &panes[focus].costView }
    }

    package var agentsView: AgentsState {
        get { panes[focus].agentsView }
        _modify { yield &panes[focus].agentsView }
    }

    package var approvalsView: ApprovalsState {
        get { panes[focus].approvalsView }
        _modify { yield &panes[focus].approvalsView }
    }

    package var effectsView: EffectsState {
        get { panes[focus].effectsView }
        _modify { yield &panes[focus].effectsView }
    }

    package var eventsView: EventsState {
        get { panes[focus].eventsView }
        _modify { yield &panes[focus].eventsView }
    }

    package var planView: PlanGraphState {
        get { panes[focus].planView }
        _modify { yield &panes[focus].planView }
    }

    package var runView: RunViewState {
        get { panes[focus].runView }
        _modify { yield &panes[focus].runView }
    }

    package var compareView: CompareState {
        get { panes[focus].compareView }
        _modify { yield &panes[focus].compareView }
    }

    /// The view in sight, in the pane that keys go to.
    package var view: Route { panes[focus].route.last ?? .fleet }

    /// The run that the view in sight is about, or that is selected in it.
    package var selectedRun: RunID? { view.feature.selectedRun(self) }

    /// The panes in sight.
    var panesInSight: Range<Int> {
        split.isZoomed || panes.count < 2 || !FrameLayout.hasRoomForTwo(size, split)
            ? focus..<(focus + 1) : 0..<panes.count
    }

    /// The state as a pane sees it: for drawing, as if the keys went there.
    func seen(from pane: Int) -> AppState {
        guard pane != focus else { return atOwnMoment() }
        var state = self
        state.focus = pane
        state.isActive = false
        return state.atOwnMoment()
    }
}
