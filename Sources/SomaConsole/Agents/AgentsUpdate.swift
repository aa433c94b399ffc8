import SomaCore

extension AppState {
    /// Answers what happened in the hierarchy of runs.
    mutating func update(agents message: AgentsMessage) -> [AppEffect] {
        switch message {
        case .moved(let move): agentsView.list.move(move, count: 0, page: 1)
        }
        return []
    }
}
