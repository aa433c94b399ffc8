import SomaCore
import SomaTerminal

/// Plugins as keys: what they are told, and when they may run.
extension AppState {
    /// The keys of plugins in the view in sight.
    var pluginBindings: [KeyMap.Binding] {
        config.plugins.filter { $0.isFor(view: view.name.rawValue) }.map { plugin in
            KeyMap.Binding(
                KeyConflict.pluginPrefix + plugin.name,
                keys: [plugin.key],
                title: plugin.title,
                description: plugin.title,
                group: "plugins",
                isEnabled: !plugin.needsRun || selectedRun != nil,
                message: .plugin(plugin.name)
            )
        }
    }

    /// Runs a plugin, after a question where its setting wants one.
    mutating func update(plugin name: String) -> [AppEffect] {
        guard let plugin = config.plugins.first(where: { $0.name == name }) else { return [] }
        guard !isReadOnly || plugin.isReadOnly else {
            notice = Notice(
                "\(plugin.title) not started: this console is read-only, and the plugin doesn't say read_only: true.",
                .bad
            )
            return []
        }
        let run = selectedRun.flatMap { fleet[$0] }
        guard run != nil || !plugin.needsRun else {
            notice = Notice("\(plugin.title) not started: no run is selected.", .bad)
            return []
        }
        if let run, !PluginCall.isSafe(run.id) {
            notice = Notice(
                "\(plugin.title) not started: the run's name could be taken for something else.",
                .bad
            )
            return []
        }
        let call = PluginCall(
            plugin,
            environment: PluginCall.environment(
                run: run,
                goal: text(run?.goal),
                view: view.name.rawValue,
                context: habits.context?.name ?? "",
                daemon: habits.daemon,
                isReadOnly: isReadOnly
            )
        )
        guard plugin.asks else {
            if plugin.isBackground { notice = Notice("\(plugin.title) started") }
            return [.plugin(call)]
        }
        confirmation = Confirmation(
            title: "Run \(plugin.title)?",
            lines: [plugin.command] + (run.map { ["for \($0.id.short): \(text($0.goal) ?? "")"] } ?? []),
            choices: [
                .init(key: "y", title: "run it", effects: [.plugin(call)]),
                .init(key: "n", title: "leave it"),
            ]
        )
        return []
    }
}
