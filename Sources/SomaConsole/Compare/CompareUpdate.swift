import SomaCore

extension AppState {
    /// Answers what happened in the comparison of two runs.
    mutating func update(compare message: CompareMessage) -> [AppEffect] {
        switch message {
        case .moved(let move): compareView.list.move(move, count: 0, page: 1)
        }
        return []
    }
}

extension AppState {
    /// Compares the selected run with its origin, or with the other run that was marked.
    mutating func openCompare() {
        guard let id = selectedRun, let origin = fleet[id]?.origin else {
            notice = Notice("Select a fork: it is compared with the run that it was forked from.")
            return
        }
        show(.compare(origin.run, id))
    }
}
