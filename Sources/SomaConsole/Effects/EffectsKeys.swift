extension EffectsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        KeyMap.moving("effects") { .effects(.moved($0)) }
    }
}
