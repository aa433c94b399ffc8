import SomaCore
import SomaTerminal

extension AppState {
    /// The group that the list in sight is of.
    var costPart: CostPart? { if case .cost(let part) = view { part } else { nil } }

    /// All groups that the list in sight is confined to, in the order in which they were opened.
    var costParts: [CostPart] {
        var parts: [CostPart] = []
        for case .cost(let part?) in route.reversed().prefix(while: {
            if case .cost = $0 { true } else { false }
        }) {
            parts.insert(part, at: 0)
        }
        return parts
    }

    /// What the list in sight is by.
    var costAxis: CostAxis {
        get { costPart == nil ? costView.axis : costView.partAxis }
        set { if costPart == nil { costView.axis = newValue } else { costView.partAxis = newValue } }
    }

    /// Whether the groups are of runs as a whole, so that their budgets are to do with them.
    var costHasBudgets: Bool { costAxis.isOfRuns && costParts.allSatisfy(\.axis.isOfRuns) }

    /// Answers what happened in the list of costs.
    mutating func update(cost message: CostMessage) -> [AppEffect] {
        let count = costView.table.count
        switch message {
        case .moved(let move): costView.list.move(move, count: count, page: costRows - 1)
        case .selected(let row): costView.list.select(row, count: count)
        case .opened: return openCostGroup()
        case .fleetOpened: return openCostFleet()
        case .turned(let step):
            let parts = costParts
            let all = CostAxis.allCases.filter { axis in !parts.contains { $0.axis == axis } }
            let place = all.firstIndex(of: costAxis) ?? 0
            costAxis = all[(place + step + all.count) % all.count]
            return []
        case .treeToggled:
            costView.isTree.toggle()
            let words =
                costView.isTree
                ? "Runs count with the run at the top of their tree." : "Each run counts for itself."
            notice = Notice(words)
            return []
        case .sorted(let step):
            let all = CostSort.allCases
            let place = all.firstIndex(of: costView.sort) ?? 0
            costView.sort = all[(place + step + all.count) % all.count]
            costView.isReversed = false
            notice = Notice("Ordered \(costView.sort.title(isReversed: false)).")
            return []
        case .reversed:
            costView.isReversed.toggle()
            notice = Notice("Ordered \(costView.sort.title(isReversed: costView.isReversed)).")
            return []
        case .moreRead:
            costLogs.more()
            return []
        }
        costView.selected = costView.line?.name
        return []
    }

    private mutating func openCostGroup() -> [AppEffect] {
        guard let name = costView.selected else { return [] }
        if costAxis == .run {
            guard let run = name.text.map({ RunID($0) }), fleet[run] != nil else { return [] }
            show(.run(run))
            return []
        }
        let part = CostPart(costAxis, name)
        costView.partAxis = .run
        show(.cost(part))
        return []
    }

    /// The fleet's filter for a group; `nil` where the fleet can't tell it apart.
    var costFleetFilter: String? {
        guard let text = costView.selected?.text, !text.isEmpty else { return nil }
        let field: String
        switch costAxis {
        case .role: field = "role"
        case .tenant: field = "tenant"
        case .conversation: field = "conversation"
        case .run: field = costView.isTree ? "parent" : "run"
        case .model, .tool, .day, .hour: return nil
        }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\(field):\"\(escaped)\""
    }

    private mutating func openCostFleet() -> [AppEffect] {
        guard let filter = costFleetFilter else { return [] }
        show(.fleet)
        setFilter(filter)
        return []
    }

    /// `:cost`, and `:cost by model`.
    mutating func openCosts(_ text: String) -> [AppEffect] {
        var words = text.split(separator: " ").map(String.init)
        if words.first == "by" { words.removeFirst() }
        guard let word = words.first else {
            show(.cost(nil))
            return []
        }
        let names = CostAxis.allCases.map(\.rawValue)
        guard words.count == 1, let axis = CostAxis(rawValue: word) else {
            let wrong = words.joined(separator: " ")
            let near = NearestName.find(wrong, in: names)
            notice = Notice(
                "Costs aren't listed by \"\(wrong.firstLine)\"; "
                    + (near.map { "did you mean \($0)?" } ?? "there are \(names.joined(separator: ", "))."),
                .bad
            )
            return []
        }
        show(.cost(nil))
        costView.axis = axis
        return []
    }

    // MARK: Keeping up

    /// Brings sums, order and selection up to date.
    mutating func arrangeCosts() {
        index.refresh(fleet)
        costView.typed.read(costView.filter, fields: CostSubject.fields)
        var wish = CostTable.Wish()
        (wish.axis, wish.parts, wish.isTree) = (costAxis, costParts, costView.isTree)
        (wish.sort, wish.isReversed) = (costView.sort, costView.isReversed)
        wish.filter = costView.typed.filter
        wish.moment = CostMoment(moment, clock)
        let (fleet, index, logs) = (fleet, index, costLogs)
        panes[focus].costView.table.update(wish, fleet, index, logs)
        wantCostLogs()
        selectCostRow(CostState.Seen(axis: wish.axis, parts: wish.parts))
    }

    private mutating func selectCostRow(_ seen: CostState.Seen) {
        if costView.seen != seen {
            costView.seen = seen
            costView.list = ListState()
            costView.selected = nil
        }
        let row = costView.selected.flatMap { costView.table.row(of: $0) }
        costView.list = costsListed.settled(costView.list, on: row)
        costView.selected = costView.line?.name
    }

    /// Asks for logs of runs of which something isn't known.
    private mutating func wantCostLogs() {
        guard hasFleet, !connection.isLost, !effectHistory.isReading else { return }
        let isRecorded = replay != nil && past == nil
        let table = costView.table
        let next = costLogs.next(behind: table.behind, unread: table.unread, fleet, isRecorded: isRecorded)
        for (run, after) in next { wishes.append(.tail(run, after: after)) }
    }

    /// What the last row says of what was read; `nil` where all is known.
    var costRemark: String? {
        let total = costView.table.total
        guard total.runs > total.read else { return nil }
        let all = Amounts.grouped(total.runs)
        var words = "Of \(all) \(total.runs == 1 ? "run" : "runs"), \(Amounts.grouped(total.read)) read"
        if connection.isLost {
            words += "; no more while the daemon is away"
        } else if costLogs.isReading {
            words += " so far"
        } else if costLogs.isFull {
            words +=
                ", the latest first: \(Amounts.grouped(costLogs.recordsMax)) charges and calls are kept, and no more; "
                + "of the rest only the sums are shown"
        } else if costLogs.isPaused, costLogs.failed > 0 || !costView.table.unread.isEmpty {
            words += ": M reads on"
        }
        if costLogs.failed > 0 {
            let logs = costLogs.failed == 1 ? "log" : "logs"
            words += "; \(Amounts.grouped(costLogs.failed)) \(logs) can't be read"
        }
        return words
    }

    /// The groups, and what was read of the runs' logs.
    var costsListed: RemarkedList {
        RemarkedList(count: costView.table.count, remark: costRemark, visible: costRows)
    }

    /// How many rows are in sight.
    var costRows: Int { CostView.layout(FrameLayout(self).body).rows }
}
