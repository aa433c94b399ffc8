import SomaCore
package import SomaTerminal
import Synchronization

/// The one table of keys: what they mean, how help describes them, and when they have effect.
///
/// Each feature folder holds its own part; the frame's is in `KeyMap+Everywhere.swift`.
package enum KeyMap {
    /// A binding of the console.
    package typealias Binding = KeyBinding<KeyMeaning>

    /// The keys of the view in sight, those that have effect everywhere last.
    package static func table(for state: AppState) -> KeyTable<KeyMeaning> {
        var bindings: [Binding] = []
        if let cursor = state.timeCursor {
            bindings += replay(cursor, hasTwo: state.panes.count > 1, isPinned: state.pane.pinned != nil)
        }
        bindings += state.view.feature.bindings(state)
        // What was asked at another time isn't answered from there.
        if state.timeCursor == nil, state.walked == nil { bindings += steering(state) }
        let own = state.habits.keys.applied(to: bindings + forking(state) + everywhere(state))
        return KeyTable(own + state.pluginBindings)
    }

    /// Every key there is, for reference documentation: each view's once.
    package static func all(_ now: AppState) -> [Binding] {
        let run = RunID("")
        let views: [Route] = [
            .home, .fleet, .agents(nil), .approvals, .effects(nil), .events(nil), .plan(run), .run(run),
            .compare(run, run), .kafka, .topic(""), .traces, .trace(.run(run)), .cost(nil),
            .metrics,
        ]
        return replay(nil, hasTwo: true, isPinned: false) + views.flatMap { $0.feature.bindings(now) }
            + steering(now) + forking(now) + everywhere(now)
    }

    static func keys(_ names: String) -> [Key] {
        read.withLock { read in
            if let keys = read[names] { return keys }
            let keys = names.split(separator: " ").compactMap { Key(String($0)) }
            read[names] = keys
            return keys
        }
    }

    /// Keys by the names in the table's source, read once: the table is made anew for each frame and key.
    private static let read = Mutex<[String: [Key]]>([:])

    /// Makes a binding; its name begins with its group's, and settings remap it by that name.
    static func bind(
        _ name: String,
        _ keyNames: String,
        _ title: String,
        _ description: String,
        _ group: String,
        _ message: KeyMeaning,
        if isEnabled: Bool = true
    ) -> Binding {
        Binding(
            name,
            keys: keys(keyNames),
            title: title,
            description: description,
            group: group,
            isEnabled: isEnabled,
            message: message
        )
    }
}
