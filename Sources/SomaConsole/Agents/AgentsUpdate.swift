import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in the hierarchy of runs.
    mutating func update(agents message: AgentsMessage) -> [AppEffect] {
        let count = agentsView.rows.count
        switch message {
        case .moved(let move):
            agentsView.list.move(move, count: count, page: agentsRows - 1)
            selectAgentsRow()
        case .selected(let row):
            agentsView.list.select(row, count: count)
            selectAgentsRow()
        case .folded: foldAgentsRow()
        case .allFolded:
            let source = rowSource
            panes[focus].agentsView.rows.toggleAll(source)
        case .narrowed: if let run = agentsView.selected { show(.agents(run)) }
        }
        return []
    }

    /// Brings rows, selection and the sums of what is in sight up to date.
    mutating func arrangeAgents() {
        index.refresh(fleet)
        let source = rowSource
        var wish = FleetRows.Wish()
        agentsView.typed.read(agentsView.filter, fields: RunSubject.fields)
        wish.filter = agentsView.typed.filter
        wish.root = view.run
        panes[focus].agentsView.rows.update(wish.told(at: moment), source)
        if agentsView.selected == nil { agentsView.selected = view.run ?? fleetView.selected }
        let place = agentsView.selected.flatMap { fleet.place(known: $0) }
        if let found = place.flatMap({ agentsView.rows.number(ofRun: $0, index) }) {
            agentsView.list.selected = found
        } else {
            agentsView.list.select(agentsView.list.selected ?? 0, count: agentsView.rows.count)
            selectAgentsRow()
        }
        agentsView.list = agentsView.list.fitted(count: agentsView.rows.count, visible: agentsRows)
        addUpTrees()
    }

    /// Trees that have not changed keep their sums; those out of sight are forgotten.
    private mutating func addUpTrees() {
        var kept: [Int32: (tree: AgentTree, revision: Int)] = [:]
        let isFresh = agentsView.epoch == index.epoch
        for row in agentsRowsInSight {
            guard let place = row.place else { continue }
            guard let top = agentsView.rows.top(of: place, index).map({ Int32($0) }), kept[top] == nil else {
                continue
            }
            let revision = agentsView.rows.revision(of: Int(top))
            if isFresh, let old = agentsView.trees[top], old.revision == revision {
                kept[top] = old
            } else {
                kept[top] = (AgentTree(top: Int(top), fleet, index), revision)
            }
        }
        agentsView.trees = kept
        agentsView.epoch = index.epoch
    }

    private mutating func selectAgentsRow() {
        agentsView.selected = agentsView.list.selected.flatMap { agentsView.rows.row($0, fleet)?.id }
    }

    private mutating func foldAgentsRow() {
        guard let number = agentsView.list.selected, var row = agentsView.rows.row(number, fleet),
            let place = row.place
        else { return }
        if row.fold == .leaf, let above = index.parent(of: place) {
            row = FleetRow(id: fleet.runs[above].id, place: above, fold: .open)
        }
        let source = rowSource
        panes[focus].agentsView.rows.toggleFold(row, source)
        agentsView.selected = row.id
    }

    /// How many rows are in sight.
    var agentsRows: Int { AgentsLayout(FrameLayout(self).body).rows }

    /// The rows in sight.
    var agentsRowsInSight: [FleetRow] {
        let top = agentsView.list.top
        let end = min(agentsView.rows.count, top + agentsRows)
        guard top < end else { return [] }
        return (top..<end).compactMap { agentsView.rows.row($0, fleet) }
    }
}

/// The parts of the hierarchy's view: the table, and below it what is known of the selected run.
struct AgentsLayout: Sendable, Hashable {
    /// The table with its heading.
    let table: Rect
    /// The lines about the selected run.
    let detail: Rect

    init(_ body: Rect) {
        let rows = body.rows >= 14 ? 5 : body.rows >= 6 ? 1 : 0
        table = body.part(rows: body.rows - rows)
        detail = body.part(row: body.rows - rows, rows: rows)
    }

    /// How many runs are in sight, without the heading.
    var rows: Int { max(0, table.rows - 1) }
}
