extension EventsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        KeyMap.moving("events") { .events(.moved($0)) }
    }
}
