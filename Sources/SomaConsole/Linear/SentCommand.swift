import SomaCore

/// A command on its way, so that what it does is told once: by the run, or by the answer where the run can't be heard.
struct SentCommand: Sendable, Hashable {
    var command: ConsoleCommand
    /// Whether the run is as it is to be already, so that it will tell nothing.
    let changesNothing: Bool
    /// Whether the run told that it was done.
    var isHeard = false
    /// Whether the answer was told.
    var isSaid = false

    init(_ command: ConsoleCommand, changesNothing: Bool) {
        self.command = command
        self.changesNothing = changesNothing
    }
}

extension ConsoleCommand {
    /// Whether a transition is what the command leads to.
    func isDone(by transition: Transition) -> Bool {
        guard transition.run == run else { return false }
        let body = transition.body
        switch (action, transition.kind) {
        case (.approve(let question, _), .interruptClosed), (.reject(let question, _), .interruptClosed),
            (.answer(let question, _), .interruptClosed):
            return body["interrupt"]?.int == question
        case (.settle(let effect, _), .effectSettled): return body["effect"]?.int == effect
        case (.pause, .runPaused): return body["reason"]?.string == "person"
        case (.resume, .runResumed): return body["after"]?.string == "pause"
        case (.cancel, .runCancelled), (.start, .runStarted), (.fork, .runForked): return true
        case (.budget, .budgetChanged): return body["reserve"] == nil
        default: return false
        }
    }

    /// Whether a run is as the command wants it already: the daemon then does nothing, and refuses nothing.
    func changesNothing(in run: RunState?) -> Bool {
        guard let run, !run.status.isTerminal else { return false }
        switch action {
        case .pause: return run.status != .running
        case .resume: return run.status != .paused
        default: return false
        }
    }

    /// What is said where it changed nothing.
    var nothing: String {
        if case .pause = action { return "\(run.short) was paused already." }
        return "\(run.short) was not paused."
    }
}
