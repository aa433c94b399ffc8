import SomaCore
import SomaTerminal

extension AppState {
    /// Turns to another daemon: what was known of the one before is forgotten, how the person likes the console stays, and
    /// so does what isn't the daemon's: the Kafka, the Jaeger and the metrics that were named. What views had asked of those
    /// is ended when all is settled, for no pane wants it any more.
    mutating func enter(_ context: ConsoleContext, _ desk: Desk?) {
        var fresh = AppState(size: size, now: now, clock: clock, place: context.label)
        fresh.theme = theme
        fresh.themes = themes
        fresh.commandHistory = commandHistory
        fresh.habits = habits
        fresh.habits.marks = [:]
        fresh.habits.daemon = nil
        fresh.habits.context = context
        fresh.isReadOnly = context.isReadOnly || habits.isReadOnlyEverywhere
        fresh.kafka = kafka
        fresh.traces = traces
        fresh.metrics = metrics
        fresh.metrics.leaveDaemon()
        if let desk { fresh.restore(desk) }
        fresh.exportsBegun = exportsBegun
        fresh.hasEditor = hasEditor
        fresh.workspace = workspace
        if let isFocused = attention.isFocused { fresh.attention.focused(isFocused) }
        fresh.forgetDrawn()
        self = fresh
    }
}
