import SomaCore
import SomaTraces

/// The view that a person wants to begin with: a name, and for views about a run the beginning of its id.
package struct Opening: Sendable, Hashable {
    /// The view.
    package var view: ViewName
    /// The beginning of a run's id, a topic, the id of a trace, what costs are listed by, or a dashboard; `nil` takes
    /// the run that is selected.
    package var run: String?

    /// A view, about a run or topic where one is named.
    package init(_ view: ViewName, of name: String? = nil) {
        self.view = view
        run = name
    }

    /// Reads `fleet`, `plan`, `plan:ID`, `kafka:TOPIC`, `cost:model`, `metrics:latency`, or `traces:ID` of a run or a trace.
    /// - Throws: `ConsoleError` of kind `view` with the nearest name.
    package init(_ text: String) throws(ConsoleError) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first, let view = ViewName(rawValue: name) else {
            throw ConsoleError.unknownView(text, among: ViewName.allCases.map(\.rawValue))
        }
        self.view = view
        run = parts.count > 1 ? parts[1] : nil
    }
}

extension AppState {
    /// Shows one view in one pane: who names a view wants to see that one, not what was left.
    mutating func begin(with opening: Opening) {
        panes = [pane]
        focus = 0
        route = [.fleet]
        if opening.view == .kafka, let topic = opening.run {
            route += [.kafka, .topic(topic)]
        } else if opening.view == .traces, let id = opening.run.flatMap(TraceID.init(whole:)) {
            route += [.traces, .trace(.trace(id))]
        } else if opening.view == .cost, let axis = opening.run {
            _ = openCosts(axis)
        } else if opening.view == .metrics, let name = opening.run {
            route.append(.metrics)
            metricsView.dashboard = name
        } else if opening.run == nil, let new = Route(opening.view, run: nil), new != .fleet {
            route.append(new)
        } else if opening.view != .fleet || opening.run != nil {
            // Which runs there are is known with the first snapshot.
            habits.opening = opening
        }
    }

    /// Opens the view about a run that the person wanted to begin with.
    mutating func openWanted() {
        guard let opening = habits.opening else { return }
        habits.opening = nil
        if let prefix = opening.run {
            guard let run = run(named: prefix) else { return }
            select(run)
            if opening.view == .traces { return open(.run(run)) }
        }
        if opening.view != .fleet { open(opening.view) }
    }
}
