import SomaCore

extension AppState {
    /// Answers what happened in the stream of transitions.
    mutating func update(events message: EventsMessage) -> [AppEffect] {
        switch message {
        case .moved(let move): eventsView.list.move(move, count: 0, page: 1)
        }
        return []
    }
}
