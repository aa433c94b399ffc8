import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in the comparison of two runs.
    mutating func update(compare message: CompareMessage) -> [AppEffect] {
        let lines = compareView.lines
        let selected = compareView.list.selected.flatMap { lines.indices.contains($0) ? lines[$0] : nil }
        switch message {
        case .moved(let move):
            compareView.list.move(move, count: lines.count, page: CompareView.listRows(self) - 1)
        case .jumped(let forwards): jump(forwards: forwards)
        case .foldToggled:
            guard let selected else { return [] }
            let start = compareView.foldStart(of: selected.row)
            if compareView.unfolded.remove(start) == nil { compareView.unfolded.insert(start) }
        case .allToggled:
            compareView.unfoldsAll.toggle()
            compareView.unfolded = []
        case .levelChanged:
            let all = Comparison.Level.allCases
            let place = all.firstIndex(of: compareView.level) ?? 0
            compareView.level = all[(place + 1) % all.count]
            notice = Notice("Different is what differs by \(compareView.level.words).")
        case .swapped:
            guard case .compare(let left, let right) = view else { return [] }
            route[route.count - 1] = .compare(right, left)
        case .opened:
            guard let selected else { return [] }
            openStep(selected)
        }
        return []
    }

    private mutating func openStep(_ line: CompareState.Line) {
        guard let step = compareView.step(in: line) else { return }
        show(.run(step.run))
        runView = RunViewState()
        runView.run = step.run
        runView.cursor = RowPlace(entry: step.seq)
        runView.isFollowing = false
    }

    private mutating func jump(forwards: Bool) {
        let rows = compareView.comparison.rows
        let counted = compareView.level.difference
        func differs(_ row: Int) -> Bool { !rows[row].difference.isDisjoint(with: counted) }
        let lines = compareView.lines
        let starts = lines.indices.filter { index in
            guard case .equal = lines[index] else {
                let row = lines[index].row
                guard differs(row) else { return false }
                if case .right = lines[index], index > 0, lines[index - 1].row == row { return false }
                return row == 0 || !differs(row - 1)
            }
            return false
        }
        let here = compareView.list.selected ?? -1
        guard let found = forwards ? starts.first(where: { $0 > here }) : starts.last(where: { $0 < here })
        else {
            notice = Notice(
                starts.isEmpty
                    ? "They don't differ by \(compareView.level.words)."
                    : "There is no difference \(forwards ? "below" : "above")."
            )
            return
        }
        compareView.list.select(found, count: lines.count)
    }

    /// Compares the selected run with its origin, with the other run that was marked, or with its latest fork.
    mutating func openCompare() {
        let marked = fleetView.marked.compactMap { fleet[$0] }.sorted { $0.startedAt < $1.startedAt }
        if case .fleet = view, marked.count == 2 { return show(.compare(marked[0].id, marked[1].id)) }
        guard let id = selectedRun, let run = fleet[id] else {
            notice = Notice("Select a run first: a fork, or one that was forked.")
            return
        }
        if let origin = run.origin { return show(.compare(origin.run, id)) }
        let forks = fleet.runs.filter { $0.origin?.run == id }
        if let fork = forks.max(by: { $0.startedAt < $1.startedAt }) { return show(.compare(id, fork.id)) }
        notice = Notice("\(id.short) is no fork and has none; type :compare A B to name two runs.")
    }

    /// Compares two runs by the beginnings of their ids; one alone is compared with the selected run.
    mutating func compare(_ names: String) {
        var runs: [RunID] = []
        for name in names.split(separator: " ") {
            let found = fleet.runs(prefix: String(name))
            guard let run = found.first, found.count == 1 else {
                notice = Notice(
                    found.isEmpty
                        ? "No run's id begins with \"\(name)\"."
                        : "\(found.count) runs' ids begin with \"\(name)\": type more of it.",
                    .bad
                )
                return
            }
            runs.append(run.id)
        }
        if runs.isEmpty { return openCompare() }
        if runs.count == 1, let selected = selectedRun { runs.insert(selected, at: 0) }
        guard runs.count == 2, runs[0] != runs[1] else {
            notice = Notice("Name two runs to compare.", .bad)
            return
        }
        show(.compare(runs[0], runs[1]))
    }

    /// Brings the alignment and its lines up to date.
    mutating func arrangeCompare() {
        guard case .compare(let left, let right) = view else { return }
        alignCompare(left, right)
        let isNarrow = CompareView.isNarrow(FrameLayout(self).body)
        guard let arranged = compareView.arranged else { return }
        let shape = CompareState.Shape(
            arranged: arranged,
            level: compareView.level,
            unfoldsAll: compareView.unfoldsAll,
            unfolded: compareView.unfolded,
            isNarrow: isNarrow
        )
        if shape != compareView.shaped {
            let isFirst =
                compareView.shaped?.arranged.left != left || compareView.shaped?.arranged.right != right
            let row = compareView.list.selected.flatMap { place in
                compareView.lines.indices.contains(place) ? compareView.lines[place].row : nil
            }
            compareView.shape(isNarrow: isNarrow)
            compareView.shaped = shape
            // At opening, the first difference; later, the line that was selected.
            let wanted = isFirst ? compareView.first ?? 0 : row ?? 0
            let place = compareView.lines.partitioned { $0.row <= wanted } - 1
            compareView.list.select(max(0, place), count: compareView.lines.count)
            if isFirst { compareView.list.top = max(0, place - CompareView.listRows(self) / 3) }
        }
        compareView.list = compareView.list.fitted(
            count: compareView.lines.count,
            visible: CompareView.listRows(self)
        )
    }

    private mutating func alignCompare(_ left: RunID, _ right: RunID) {
        guard let first = log(of: left), let second = log(of: right) else {
            if compareView.arranged?.left != left || compareView.arranged?.right != right {
                compareView = CompareState()
            }
            return
        }
        let wanted = CompareState.Arranged(
            left: left,
            right: right,
            leftCount: first.count,
            rightCount: second.count
        )
        guard wanted != compareView.arranged else { return }
        if let old = compareView.arranged, old.left == left, old.right == right {
            // A long comparison is made anew only when that would show, or when nothing more will come.
            let grown = wanted.leftCount - old.leftCount + wanted.rightCount - old.rightCount
            let hasEnded = [
                (left, wanted.leftCount - old.leftCount), (right, wanted.rightCount - old.rightCount),
            ]
            .contains { $1 > 0 && fleet[$0]?.status.isTerminal == true }
            if grown > 0, !hasEnded, grown < (old.leftCount + old.rightCount) / 256 { return }
        } else {
            let level = compareView.level
            compareView = CompareState()
            compareView.level = level
        }
        func steps(_ id: RunID, _ log: ArraySlice<Transition>) -> [CompareStep] {
            let origin = fleet[id]?.origin
            let shared = origin.flatMap { $0.run == left || $0.run == right ? journals[$0.run] : nil }
            return CompareStep.steps(of: Comparison.log(of: id, log, origin: origin, shared))
        }
        compareView.comparison = Comparison(steps(left, first), steps(right, second))
        compareView.arranged = wanted
    }

    /// A run's log up to where it is looked at, once it is there.
    private func log(of id: RunID) -> ArraySlice<Transition>? {
        guard let run = fleet[id], let journal = journals[id], journal.isLoaded else { return nil }
        return journal.transitions.prefix(journal.count(upTo: seqInSight(of: id) ?? run.seq))
    }
}

extension CompareState {
    /// Where the stretch of equal rows begins that a row is in.
    func foldStart(of row: Int) -> Int {
        let counted = level.difference
        var start = row
        while start > 0, comparison.rows[start - 1].difference.isDisjoint(with: counted) { start -= 1 }
        return start
    }

    /// Makes the lines: equal rows are folded, but for the last before and the first after a difference.
    mutating func shape(isNarrow: Bool) {
        let rows = comparison.rows
        let counted = level.difference
        lines = []
        first = rows.firstIndex { !$0.difference.isDisjoint(with: counted) }
        differences = 0
        var place = 0
        while place < rows.count {
            guard rows[place].difference.isDisjoint(with: counted) else {
                if place == 0 || rows[place - 1].difference.isDisjoint(with: counted) { differences += 1 }
                add(place, isNarrow, isEqual: false)
                place += 1
                continue
            }
            var end = place
            while end < rows.count, rows[end].difference.isDisjoint(with: counted) { end += 1 }
            let start = place == 0 ? 0 : place + 1
            let folded = start..<max(start, end == rows.count ? end : end - 1)
            if unfoldsAll || unfolded.contains(place) || folded.count < Self.foldMin {
                for row in place..<end { add(row, isNarrow, isEqual: true) }
            } else {
                for row in place..<folded.lowerBound { add(row, isNarrow, isEqual: true) }
                lines.append(.equal(folded))
                for row in folded.upperBound..<end { add(row, isNarrow, isEqual: true) }
            }
            place = end
        }
    }

    private mutating func add(_ row: Int, _ isNarrow: Bool, isEqual: Bool) {
        guard isNarrow, !isEqual else {
            lines.append(isNarrow ? .left(row) : .row(row))
            return
        }
        if comparison.rows[row].left != nil { lines.append(.left(row)) }
        if comparison.rows[row].right != nil { lines.append(.right(row)) }
    }
}
