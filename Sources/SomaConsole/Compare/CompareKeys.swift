extension CompareView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        KeyMap.moving("compare") { .compare(.moved($0)) }
    }
}
