import SomaConsole
import SomaCore
import SomaTerminal

/// A transition in one line, for people.
enum TransitionText {
    /// What stands between time and seq of a transition that a fork shares with the run it comes from.
    static let inheritedMark = "┊"

    /// Time, seq, kind and what it says, without colours.
    static func line(
        _ transition: Transition,
        words: [ContentID: String],
        isInherited: Bool = false
    ) -> String {
        let time = LocalTime.clock(transition.at)
        return
            "\(time) \(isInherited ? inheritedMark : " ")\(pad("\(transition.seq)", 4, right: true))  \(pad(transition.kind.name, 17))"
            + "  \(pad(transition.node ?? "", 10))  \(SafeText.line(summary(transition, words: words)))"
    }

    /// The line in colours, and no longer than the terminal is wide.
    static func painted(
        _ transition: Transition,
        words: [ContentID: String],
        style: OutputStyle,
        isInherited: Bool = false,
        indent: Int = 0
    ) -> String {
        var text = line(transition, words: words, isInherited: isInherited)
        if let limit = style.limit { text = SafeText.clip(text, to: max(20, limit - indent), mark: "…") }
        guard style.hasColor else { return text }
        let time = text.prefix(12)
        let rest = String(text.dropFirst(12))
        return style.paint(String(time), .dim) + style.paint(rest, isInherited ? .dim : tint(transition))
    }

    private static func tint(_ transition: Transition) -> OutputStyle.Tint? {
        let body = transition.body
        switch transition.kind {
        case .runCompleted: return .good
        case .runFailed, .runCancelled: return .bad
        case .interruptOpened, .effectInDoubt, .runPaused: return .attention
        case .effectFinished: return body["ok"]?.bool == false ? .bad : nil
        case .verifyJudged: return body["accepted"]?.bool == true ? .good : .bad
        case .nodeEntered, .nodeLeft, .effectRequested, .budgetCharged: return .dim
        default: return nil
        }
    }

    /// What the transition says, beyond its kind.
    static func summary(_ transition: Transition, words: [ContentID: String]) -> String {
        let body = transition.body
        func text(_ key: String) -> String { body[key]?.string ?? body[key].map { $0.text() } ?? "" }
        func said(_ name: String) -> String { transition.content(name).flatMap { words[$0] } ?? "" }
        switch transition.kind {
        case .runStarted: return said("goal")
        case .runForked: return "from \(RunID(text("from")).short)/\(text("at"))"
        case .runResumed where body["after"]?.string == "clock":
            return "the clock was set forward by \(Amounts.span(Int64(body["jumped"]?.int ?? 0)))"
        case .runResumed where body["after"]?.string == "handover":
            return "handed over to \(text("holder"))"
        case .runResumed: return "after \(text("after"))"
        case .runPaused: return text("reason")
        case .runCompleted: return firstLine(said("outcome"))
        case .runFailed: return "\(text("code")): \(said("message"))"
        case .runCancelled: return said("message").isEmpty ? "by \(text("by"))" : said("message")
        case .nodeEntered: return body["visit"]?.int ?? 1 > 1 ? "visit \(text("visit"))" : ""
        case .nodeLeft: return "→ \(text("outcome"))"
        case .planRevised:
            let names = body["steps"]?.array?.compactMap { $0["name"]?.string } ?? []
            return "\(names.count) steps: \(names.joined(separator: ", "))"
        case .factObserved: return "\(text("name")): \(firstLine(said("fact")))"
        case .verifyJudged:
            let verdict = body["accepted"]?.bool == true ? "accepted" : "rejected"
            return "\(verdict): \(evidence(said("evidence")))"
        case .effectRequested: return "\(text("name")) \(firstLine(said("arguments")))"
        case .effectStarted: return transition.attempt > 1 ? "try \(transition.attempt)" : ""
        case .effectFinished:
            let took = body["us"]?.int.map { Amounts.span(Int64($0)) } ?? ""
            return "\(text("status")) \(took)  \(result(said("result")))"
        case .effectInDoubt: return "may have happened: \(text("reason"))"
        case .effectSettled: return body["happened"]?.bool == true ? "it happened" : "it did not happen"
        case .interruptOpened:
            return "\(text("question")): \(firstLine(OpenQuestion.summary(said("question"))))"
        case .interruptClosed: return "\(text("answer")) by \(text("by")) \(firstLine(said("message")))"
        case .childSpawned: return "\(RunID(text("child")).short) \(text("role")): \(said("goal"))"
        case .childFinished: return "\(RunID(text("child")).short) \(text("status"))"
        case .budgetCharged:
            return "\(text("tokens")) tokens \(Amounts.money(body["microdollars"]?.int ?? 0))"
        case .budgetChanged where body["reserve"] != nil: return "for a child: \(text("reserve"))"
        case .budgetChanged: return text("limits")
        case .unknown: return JSON.object(body).text()
        }
    }

    /// What was checked: what failed with what was found, else the names of the checks.
    private static func evidence(_ text: String) -> String {
        guard let checks = (try? JSON.parse(text))?["checks"]?.array, !checks.isEmpty else {
            return firstLine(text)
        }
        func word(_ check: JSON, _ key: String) -> String { check[key]?.string ?? "" }
        let failed = checks.filter { $0["ok"]?.bool == false }
        guard failed.isEmpty else {
            return failed.map { check in
                "\(word(check, "what")): found \(word(check, "found")), expected \(word(check, "expected"))"
            }.joined(separator: "; ")
        }
        return checks.map { word($0, "what") }.joined(separator: "; ")
    }

    private static func firstLine(_ text: String) -> String {
        String(text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: true).first ?? "")
    }

    /// A result's own text where it is a tool's, in one line.
    private static func result(_ text: String) -> String {
        guard let json = try? JSON.parse(text), let said = json["text"]?.string else {
            return firstLine(text)
        }
        return firstLine(said)
    }

    private static func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
        let safe = SafeText.line(text)
        let blank = String(repeating: " ", count: max(0, width - SafeText.columns(of: safe)))
        return right ? blank + safe : safe + blank
    }
}
