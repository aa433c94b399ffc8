import SomaCore

extension AppState {
    /// Answers what happened in the inbox of what waits for a person.
    mutating func update(approvals message: ApprovalsMessage) -> [AppEffect] {
        switch message {
        case .moved(let move): approvalsView.list.move(move, count: 0, page: 1)
        }
        return []
    }
}
