import SomaCore
import SomaTerminal

extension KeyMap {
    /// The keys of every view, with and without a time cursor: all tables in which keys can clash.
    package static var scopes: [KeyScope<KeyMeaning>] {
        var state = AppState(now: Timestamp(microseconds: 0))
        var scopes: [KeyScope<KeyMeaning>] = []
        for (name, route) in [("fleet", Route.fleet), ("plan", .plan(RunID(""))), ("run", .run(RunID("")))] {
            state.route = [route]
            state.strip = nil
            scopes.append(KeyScope(name, table(for: state).bindings))
            state.strip = ReplayState()
            scopes.append(KeyScope(name, table(for: state).bindings))
        }
        return scopes
    }
}
