import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in the fleet's table.
    mutating func update(fleet message: FleetMessage) {
        let count = fleetView.rows.count
        switch message {
        case .moved(let move): fleetView.list.move(move, count: count, page: fleetRows - 1)
        case .selected(let row): fleetView.list.select(row, count: count)
        case .opened:
            if let run = fleetView.selected { show(.run(run)) }
            return
        }
        fleetView.selected = fleetView.list.selected.map { fleetView.rows[$0].id }
    }

    /// Selects a run, whatever filter hides it.
    mutating func select(_ id: RunID) {
        if !fleetView.rows.contains(where: { $0.id == id }) {
            fleetView.filter = ""
            arrangeFleet(force: true)
        }
        fleetView.selected = id
        arrangeFleet(force: true)
    }

    /// Brings the shown rows and the selection up to date.
    mutating func arrangeFleet(force: Bool = false) {
        _ = index.refresh(fleet)
        let wanted = FleetState.Arranged(version: index.version, filter: fleetView.filter)
        // What a filter lets through changes with each run's state.
        guard wanted != fleetView.arranged || force || !fleetView.filter.isEmpty else { return fitFleet() }
        fleetView.arranged = wanted
        fleetView.typed.read(fleetView.filter, fields: RunSubject.fields)
        let filter = fleetView.typed.filter
        fleetView.rows = filter.isEmpty ? index.rows : fleetRows(passing: filter)
        let place = fleetView.selected.flatMap { id in fleetView.rows.firstIndex { $0.id == id } }
        if let place {
            fleetView.list.selected = place
        } else {
            fleetView.list.select(fleetView.list.selected ?? 0, count: fleetView.rows.count)
            fleetView.selected = fleetView.list.selected.map { fleetView.rows[$0].id }
        }
        fitFleet()
    }

    /// The rows of the runs that pass; fuzzy words bring the best first.
    private func fleetRows(passing filter: Filter) -> [FleetIndex.Row] {
        let matcher = FilterMatcher(filter)
        var found: [(row: FleetIndex.Row, score: Int)] = []
        for row in index.rows {
            guard let run = fleet[row.id] else { continue }
            let subject = RunSubject(
                run,
                goal: text(run.goal),
                standing: RunStanding(run),
                moment: moment
            )
            guard matcher.matches(subject) else { continue }
            found.append(
                (FleetIndex.Row(id: row.id, branches: []), filter.ranks ? matcher.score(subject) : 0)
            )
        }
        guard filter.ranks else { return found.map(\.row) }
        return found.enumerated().sorted { left, right in
            (right.element.score, left.offset) < (left.element.score, right.offset)
        }.map(\.element.row)
    }

    private mutating func fitFleet() {
        fleetView.list = fleetView.list.fitted(
            count: fleetView.rows.count,
            visible: fleetRows
        )
    }

    /// The text of words, where it is at hand.
    func text(_ id: ContentID?) -> String? { id.flatMap { words[$0]?.text } }

    /// How many rows of the table are in sight.
    var fleetRows: Int { FleetLayout(FrameLayout(self).body).rows }

    /// The runs whose row is in sight.
    var fleetRowsInSight: ArraySlice<FleetIndex.Row> {
        let visible = fleetRows
        let top = min(fleetView.list.top, fleetView.rows.count)
        return fleetView.rows[top..<min(fleetView.rows.count, top + visible)]
    }
}
