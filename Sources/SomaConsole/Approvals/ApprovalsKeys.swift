extension ApprovalsView {
    static func bindings(_ state: AppState) -> [KeyMap.Binding] {
        KeyMap.moving("approvals") { .approvals(.moved($0)) }
    }
}
