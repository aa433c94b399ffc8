package import SomaCore
import SomaTerminal

/// What happens, in sentences: for terminals that can't show screens, for screen readers, and for logs.
package enum LinearText {
    /// What a person should hear of a transition; `nil` for what only machines count.
    package static func sentence(_ transition: Transition, words: [ContentID: String]) -> String? {
        let body = transition.body
        func text(_ key: String) -> String { body[key]?.string ?? body[key].map { $0.text() } ?? "" }
        func said(_ name: String) -> String {
            let text = transition.content(name).flatMap { words[$0] }?.firstLine ?? ""
            return text.isEmpty ? "" : ": \(text)"
        }
        let by = body["by"]?.string.map { " by \($0)" } ?? ""
        let place = "\(transition.run.short)/\(transition.seq)"
        let sentence: String
        switch transition.kind {
        case .runStarted: sentence = "\(transition.agent) started\(said("goal"))"
        case .runForked: sentence = "forked from \(RunID(text("from")).short) at \(text("at"))"
        case .runResumed: sentence = "went on after \(text("after"))\(by)"
        case .runPaused: sentence = "paused: \(text("reason"))"
        case .runCompleted: sentence = "done\(said("outcome"))"
        case .runFailed: sentence = "failed, \(text("code"))\(said("message"))"
        case .runCancelled: sentence = "cancelled\(by)\(said("message"))"
        case .planRevised:
            let steps = body["steps"]?.array?.count ?? 0
            sentence = steps == 1 ? "planned 1 step" : "planned \(steps) steps"
        case .verifyJudged:
            let step = body["step"]?.int.map { "step \($0 + 1)" } ?? "the whole"
            let evidence =
                transition.content("evidence").flatMap { words[$0] }.map { ": " + Evidence.line($0) } ?? ""
            sentence = "\(body["accepted"]?.bool == true ? "accepted" : "rejected") \(step)\(evidence)"
        case .effectInDoubt:
            let effect = "\(transition.run.short)/\(text("effect"))"
            sentence =
                "in doubt: a call was started and its result lost. "
                + "soma settle \(effect) --happened, or --not-happened"
        case .effectSettled:
            sentence = body["happened"]?.bool == true ? "settled: it happened" : "settled: it did not"
        case .interruptOpened:
            let question = transition.content("question").flatMap { words[$0] } ?? ""
            guard body["effect"] != nil else {
                sentence = "asks you: \(question.firstLine) Answer with: soma answer \(place) TEXT"
                break
            }
            let reason = (try? JSON.parse(question))?["reason"]?.string ?? question
            sentence =
                "waits for you: \(reason.firstLine) Answer with: soma approve \(place), or "
                + "soma reject \(place) -m WHY"
        case .interruptClosed: sentence = "\(text("answer"))\(by)\(said("message"))"
        case .childSpawned:
            sentence = "delegated to \(RunID(text("child")).short), \(text("role"))\(said("goal"))"
        case .childFinished: sentence = "\(RunID(text("child")).short) ended: \(text("status"))"
        case .budgetChanged: sentence = "budget changed\(by)"
        case .nodeEntered, .nodeLeft, .factObserved, .effectRequested, .effectStarted, .effectFinished,
            .budgetCharged,
            .unknown:
            return nil
        }
        return SafeText.line(sentence)
    }

    /// How a run stands, for the start.
    package static func standing(_ run: RunState, words: [ContentID: String]) -> String {
        let goal = run.goal.flatMap { words[$0] }?.firstLine ?? ""
        return SafeText.line("\(run.role) \(RunStanding(run).word): \(goal)")
    }

    /// How many runs there are and what they need, for the start.
    package static func summary(_ fleet: Fleet) -> String {
        let total = fleet.runs.count
        guard total > 0 else { return "No runs yet. Start one elsewhere: soma run \"survey .\"" }
        let running = fleet.runs.count { !$0.status.isTerminal }
        let needing = fleet.needingPerson.count
        let runs = total == 1 ? "1 run" : "\(Amounts.grouped(total)) runs"
        let verb = needing == 1 ? "needs" : "need"
        return "\(runs), \(Amounts.grouped(running)) unfinished, \(Amounts.grouped(needing)) \(verb) you."
    }
}
