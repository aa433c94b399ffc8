import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in a run's timeline.
    mutating func update(run message: RunViewMessage) -> [AppEffect] {
        let entries = runView.timeline.entries
        let place = entries.firstIndex { $0.id == runView.selected } ?? entries.count - 1
        func select(_ index: Int) {
            guard !entries.isEmpty else { return }
            let index = min(max(0, index), entries.count - 1)
            runView.selected = entries[index].id
            runView.isFollowing = index == entries.count - 1
        }
        switch message {
        case .moved(.rows(let rows)): select(place + rows)
        case .moved(.pages(let pages)): select(place + pages * max(1, runRows - 2))
        case .moved(.top): select(0)
        case .moved(.bottom): select(entries.count - 1)
        case .foldToggled:
            guard entries.indices.contains(place) else { return [] }
            let id = entries[place].id
            if runView.unfolded.remove(id) == nil { runView.unfolded.insert(id) }
        case .allToggled:
            runView.unfoldsAll.toggle()
            runView.unfolded = []
        case .followToggled:
            runView.isFollowing.toggle()
            if runView.isFollowing { runView.selected = entries.last?.id }
        }
        return []
    }

    /// How many rows of the timeline are in sight.
    var runRows: Int { max(0, FrameLayout(self).body.rows - RunView.headRows(FrameLayout(self).body)) }

    /// Brings the timeline, its rows and what is in sight up to date.
    mutating func arrangeRun() {
        guard case .run(let id) = view else { return }
        if runView.run != id {
            runView = RunViewState()
            runView.run = id
        }
        guard let journal = journals[id], let run = fleet[id] else { return }
        let place = walked.flatMap { $0.run == id ? $0.seq : nil }
        let count = journal.count(upTo: place ?? run.seq)
        if runView.timeline.count > count || runView.timeline.first != journal.transitions.first?.seq {
            runView.timeline = Timeline()
        }
        for transition in journal.transitions[runView.timeline.count..<count] {
            runView.timeline.append(transition)
        }
        let entries = runView.timeline.entries
        if runView.isFollowing || runView.selected == nil { runView.selected = entries.last?.id }
        if let selected = runView.selected, !entries.contains(where: { $0.id == selected }) {
            runView.selected = entries.last { $0.id <= selected }?.id
        }
        runView.rows = TimelineRow.rows(of: self)
        fitRun()
    }

    private mutating func fitRun() {
        let visible = runRows
        let entries = runView.timeline.entries
        let first = runView.rows.firstIndex { row in
            if case .entry(let index) = row { return entries[index].id == runView.selected }
            return false
        }
        if let first {
            var last = first
            while last + 1 < runView.rows.count, case .detail = runView.rows[last + 1] { last += 1 }
            if runView.isFollowing { last = runView.rows.count - 1 }
            // The whole entry where it fits, else its beginning.
            if last >= runView.top + visible { runView.top = last - visible + 1 }
            if first < runView.top, !runView.isFollowing || last - first < visible { runView.top = first }
        }
        runView.top = min(max(0, runView.top), max(0, runView.rows.count - visible))
    }
}
