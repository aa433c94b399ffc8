import SomaCore

/// What a need is called.
enum NeedWords {
    /// One word for programs.
    static func kind(_ need: Need) -> String {
        switch need.id.matter {
        case .approval: "approval"
        case .words: "answer"
        case .doubt: "doubt"
        case .budget: "budget"
        }
    }

    /// What a run wants, after its name: `wants to run shell`.
    static func wants(_ need: Need) -> String {
        switch need.id.matter {
        case .approval: "wants to run \(need.name.firstLine)"
        case .words: "asks you something"
        case .doubt: "doesn't know whether \(need.name.firstLine) happened"
        case .budget: "has used up its \(limit(need))"
        }
    }

    /// The limit that is used up.
    static func limit(_ need: Need) -> String {
        need.dimension?.word ?? "budget"
    }

    /// Whether there are several of what is used up.
    static func isPlural(_ need: Need) -> Bool { need.dimension == .tokens || need.dimension == .steps }

    /// How a need was closed: `approved by ada at 14:02:11`.
    static func closed(_ closing: Inbox.Closing, _ clock: ClockFace) -> String {
        let answer = closing.answer.isEmpty ? "no longer open" : closing.answer.firstLine
        let by = closing.by.isEmpty ? "" : " by \(closing.by.firstLine)"
        return "\(answer)\(by) at \(clock.time(closing.at))"
    }
}

extension Budget.Dimension {
    /// What is used up, in a word.
    var word: String {
        switch self {
        case .tokens: "tokens"
        case .microdollars: "money"
        case .steps: "steps"
        case .seconds: "time"
        }
    }
}
