package import SomaCore

/// Something to be done to a run.
package struct ConsoleCommand: Sendable, Hashable {
    /// What is to be done. Numbers are the seq of the question or effect, so that an answer binds to what was
    /// asked.
    package enum Action: Sendable, Hashable {
        case approve(question: Int, arguments: String?)
        case reject(question: Int, message: String)
        case answer(question: Int, text: String)
        case settle(effect: Int, happened: Bool)
        case cancel(reason: String)
        case pause
        case resume
        /// Limits in all; those that are `nil` stay as they are.
        case budget(Limits)
        /// A new run goes on from what was known after that transition.
        case fork(at: Int)
        /// A new run; the command's run has no id yet.
        case start(StartWish)
    }

    /// The run.
    package var run: RunID
    /// What is to be done.
    package var action: Action

    package init(_ run: RunID, _ action: Action) {
        self.run = run
        self.action = action
    }

    /// A run to be started.
    package static func start(_ wish: StartWish) -> ConsoleCommand { .init(RunID(""), .start(wish)) }

    /// What was done, for the footer.
    package var done: String {
        switch action {
        case .approve(_, let arguments): arguments == nil ? "approved" : "approved with your arguments"
        case .reject: "rejected"
        case .answer: "answered"
        case .settle(_, let happened): happened ? "settled: it happened" : "settled: it didn't happen"
        case .cancel: "cancelled"
        case .pause: "paused; p lets it go on"
        case .resume: "resumed"
        case .budget: "has a new budget"
        case .fork(let seq): "forked at \(seq)"
        case .start: "started"
        }
    }
}

/// A run that a person wants.
package struct StartWish: Sendable, Hashable {
    /// What is to be reached.
    package var goal: String
    /// The role; `nil` lets the goal decide.
    package var role: String?
    /// The folder to work on, absolute.
    package var workspace: String?

    package init(goal: String, role: String? = nil, workspace: String? = nil) {
        self.goal = goal
        self.role = role
        self.workspace = workspace
    }
}

/// What became of a command.
package enum CommandOutcome: Sendable, Hashable {
    /// It was done; where that began a run, its id.
    case done(RunID?)
    /// It was refused; the reason says what to do. The code is stable: `question.closed`.
    case refused(String, code: String)
    /// No answer came, so whether it was done isn't known.
    case unanswered(String)

    /// Why it wasn't done, or isn't known to be; `nil` where it was.
    package var refusal: String? {
        switch self {
        case .done: nil
        case .refused(let reason, _), .unanswered(let reason): reason
        }
    }
}
