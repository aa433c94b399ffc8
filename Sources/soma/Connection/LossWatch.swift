import Glibc
import SomaClient
import SomaCore

/// Says that a daemon has gone away and come back, and gives up when it stays away.
struct LossWatch {
    /// How long a daemon may stay away.
    static let patience: Duration = .seconds(10)

    let run: RunID
    var patience = LossWatch.patience
    private var lostAt: ContinuousClock.Instant?

    init(run: RunID, patience: Duration = LossWatch.patience) {
        self.run = run
        self.patience = patience
    }

    /// Looks at what an attachment tells.
    mutating func note(_ event: ClientEvent, now: ContinuousClock.Instant = .now) throws {
        switch event {
        case .disconnected:
            guard let lostAt else {
                lostAt = now
                say("The daemon went away. \(run.short) stays where it is; waiting for the next one.")
                return
            }
            guard now - lostAt >= patience else { return }
            throw CommandFailure(
                .noDaemon,
                "The daemon did not come back. \(run.short) goes on where it was with the next one.",
                hint: "soma daemon start   then   soma wait \(run.short)"
            )
        case .reconnected, .transition, .snapshot:
            guard lostAt != nil else { return }
            lostAt = nil
            say("The daemon is back; nothing was missed.")
        case .output, .lagged: return
        }
    }

    private func say(_ text: String) {
        // Where a living line stands, it is written over.
        let clear = isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : ""
        Out.note("\(clear)soma: \(text)")
    }
}
