import SomaCore
import SomaTerminal

extension KeyMap {
    /// The console's own keys of every view, with and without a time cursor: all tables in which keys can clash.
    package static var scopes: [KeyScope<KeyMeaning>] {
        let run = RunID("")
        var state = AppState(now: Timestamp(microseconds: 0))
        var scopes: [KeyScope<KeyMeaning>] = []
        for name in ViewName.allCases {
            state.route = [Route(name, run: run) ?? .compare(run, run)]
            state.strip = nil
            scopes.append(KeyScope(name.rawValue, table(for: state).bindings))
            state.strip = ReplayState()
            scopes.append(KeyScope(name.rawValue, table(for: state).bindings))
        }
        state.route = [.trace(.run(run))]
        for strip in [nil, ReplayState()] {
            state.strip = strip
            scopes.append(KeyScope(ViewName.traces.rawValue, table(for: state).bindings))
        }
        return scopes
    }
}
