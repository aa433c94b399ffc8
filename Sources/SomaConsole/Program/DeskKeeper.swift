import SomaCore

/// Keeps what a person leaves on the screen: at the end, when the context changes, and now and then while keys come;
/// never by a timer.
struct DeskKeeper {
    private let host: (any ConsoleHost)?
    private var keptAt: Timestamp
    private var kept: (context: String, desk: Desk, history: [String])?

    init(host: (any ConsoleHost)?, keptAt: Timestamp) {
        self.host = host
        self.keptAt = keptAt
    }

    /// Keeps it if the last time was long enough ago.
    mutating func keepNowAndThen(_ state: AppState, at now: Timestamp) {
        let elapsed = now - keptAt
        guard elapsed < .zero || elapsed >= ConsoleProgram.rememberInterval else { return }
        keep(state, at: now)
    }

    /// Keeps it if it has changed; nothing of a recording, and nothing before it is known what there is.
    mutating func keep(_ state: AppState, at now: Timestamp) {
        guard let host, let context = state.habits.context?.name, state.hasFleet else { return }
        keptAt = now
        let desk = state.desk
        if let kept, kept.context == context, kept.desk == desk, kept.history == state.commandHistory {
            return
        }
        kept = (context, desk, state.commandHistory)
        host.remember(desk, of: context, history: state.commandHistory)
    }
}
