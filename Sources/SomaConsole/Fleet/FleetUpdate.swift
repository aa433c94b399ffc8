import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in the fleet's table.
    mutating func update(fleet message: FleetMessage) {
        let count = fleetView.rows.count
        switch message {
        case .moved(let move):
            fleetView.list.move(move, count: count, page: fleetRows - 1)
            selectFleetRow()
        case .selected(let row):
            fleetView.list.select(row, count: count)
            selectFleetRow()
        case .opened:
            if let run = fleetView.selected { return show(.run(run)) }
            foldFleetRow()
        case .sorted(let step): chooseSort(step)
        case .sortChosen(let sort):
            if fleetView.sort == sort { fleetView.isReversed.toggle() } else { fleetView.isReversed = false }
            fleetView.sort = sort
            sayFleetOrder()
        case .reversed:
            fleetView.isReversed.toggle()
            sayFleetOrder()
        case .grouped:
            let all = FleetGrouping.allCases
            let place = all.firstIndex(of: fleetView.grouping) ?? 0
            fleetView.grouping = all[(place + 1) % all.count]
            notice = Notice("Runs: \(fleetView.grouping.title).")
        case .folded: foldFleetRow()
        case .allFolded:
            let source = rowSource
            panes[focus].fleetView.rows.toggleAll(source)
        case .scrolled(let columns):
            let most = FleetColumns.scrollMax
            fleetView.list.left = min(max(0, fleetView.list.left + columns), most)
        case .marked:
            mark()
            noteMarkedWords()
        case .allMarked:
            for place in fleetView.rows.places() { markTree(place) }
            noteMarkedWords()
        case .unmarked: fleetView.marked = []
        }
    }

    /// Selects a run, whatever filter or fold hides it.
    mutating func select(_ id: RunID) {
        guard let place = fleet.place(known: id) else { return }
        arrangeFleet()
        if fleetView.rows.number(ofRun: place, index) == nil {
            fleetView.filter = ""
            arrangeFleet()
            let source = rowSource
            panes[focus].fleetView.rows.reveal(place, source)
        }
        fleetView.selected = id
        fleetView.selectedGroup = nil
        arrangeFleet()
    }

    /// Brings the shown rows and the selection up to date.
    mutating func arrangeFleet() {
        index.refresh(fleet)
        fleetView.typed.read(fleetView.filter, fields: RunSubject.fields)
        let source = rowSource
        panes[focus].fleetView.rows.update(fleetView.wish.told(at: moment), source)
        let view = fleetView
        let run = view.selected.flatMap { fleet.place(known: $0) }
        let found =
            run.flatMap { view.rows.number(ofRun: $0, index) }
            ?? view.selectedGroup.flatMap { view.rows.number(ofGroup: $0) }
        if let found {
            fleetView.list.selected = found
        } else {
            fleetView.list.select(view.list.selected ?? 0, count: view.rows.count)
            selectFleetRow()
        }
        fleetView.list = fleetView.list.fitted(count: fleetView.rows.count, visible: fleetRows)
    }

    var rowSource: FleetRows.Source {
        FleetRows.Source(fleet: fleet, index: index, words: words, moment: moment)
    }

    private mutating func selectFleetRow() {
        let row = fleetView.list.selected.flatMap { fleetView.rows.row($0, fleet) }
        fleetView.selected = row?.id
        fleetView.selectedGroup = row?.group
    }

    private mutating func foldFleetRow() {
        guard let number = fleetView.list.selected, let row = fleetView.rows.row(number, fleet) else {
            return
        }
        var target = row
        // From a run without children, what it stands in is folded.
        if row.fold == .leaf, let place = row.place {
            if let above = index.parent(of: place), fleetView.wish.hasTrees {
                target = FleetRow(id: fleet.runs[above].id, place: above, fold: .open)
            } else if fleetView.grouping.hasHeadings {
                let key = fleetView.grouping.group(fleet.runs[place], index.facts[place])
                target = FleetRow(group: key, fold: .open)
            }
        }
        let source = rowSource
        panes[focus].fleetView.rows.toggleFold(target, source)
        fleetView.selected = target.id
        fleetView.selectedGroup = target.group
    }

    private mutating func chooseSort(_ step: Int) {
        let all = FleetSort.allCases
        let place = all.firstIndex(of: fleetView.sort) ?? 0
        fleetView.sort = all[(place + step + all.count) % all.count]
        fleetView.isReversed = false
        sayFleetOrder()
    }

    private mutating func sayFleetOrder() {
        notice = Notice("Ordered \(fleetView.sort.title(isReversed: fleetView.isReversed)).")
    }

    // MARK: Marks

    /// Marks what is selected and goes on to the next row.
    private mutating func mark() {
        if let id = fleetView.selected {
            if fleetView.marked.remove(id) == nil { fleetView.marked.insert(id) }
        } else if let key = fleetView.selectedGroup {
            let ids = fleetView.rows.places(in: key).map { fleet.runs[$0].id }
            if fleetView.marked.isSuperset(of: ids) {
                fleetView.marked.subtract(ids)
            } else {
                fleetView.marked.formUnion(ids)
            }
        }
        fleetView.list.move(by: 1, count: fleetView.rows.count)
        selectFleetRow()
    }

    private mutating func markTree(_ place: Int) {
        guard fleetView.wish.hasTrees else {
            fleetView.marked.insert(fleet.runs[place].id)
            return
        }
        var ids: [RunID] = []
        index.forEachInTree(of: place) { ids.append(fleet.runs[$0].id) }
        fleetView.marked.formUnion(ids)
    }

    /// The text of words, where it is at hand.
    func text(_ id: ContentID?) -> String? { id.flatMap { words[$0]?.text } }

    /// How many rows of the table are in sight.
    var fleetRows: Int { FleetLayout(FrameLayout(self).body).rows }

    /// The rows in sight.
    var fleetRowsInSight: [FleetRow] {
        let top = fleetView.list.top
        let end = min(fleetView.rows.count, top + fleetRows)
        guard top < end else { return [] }
        return (top..<end).compactMap { fleetView.rows.row($0, fleet) }
    }
}
