extension AgentsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        KeyMap.moving("agents") { .agents(.moved($0)) }
    }
}
