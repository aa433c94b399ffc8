package import SomaCore
import SomaTerminal

/// What happens, in sentences: for terminals that can't show screens, for screen readers, and for logs.
package enum LinearText {
    /// What a person should hear of a transition; `nil` for what only machines count.
    /// - Parameter typed: Whether answers are typed into the same console, rather than into a shell.
    package static func sentence(
        _ transition: Transition,
        words: [ContentID: String],
        typed: Bool = false
    ) -> String? {
        let soma = typed ? "" : "soma "
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
                + (typed
                    ? "settle \(effect) happened, or settle \(effect) not-happened"
                    : "soma settle \(effect) --happened, or --not-happened")
        case .effectSettled:
            sentence = body["happened"]?.bool == true ? "settled: it happened" : "settled: it did not"
        case .interruptOpened:
            let question = transition.content("question").flatMap { words[$0] } ?? ""
            guard body["effect"] != nil else {
                sentence = "asks you: \(question.firstLine) Answer with: \(soma)answer \(place) TEXT"
                break
            }
            let asked = try? JSON.parse(question)
            let reason = asked?["reason"]?.string ?? question
            let tool = asked?["tool"]?.string?.firstLine ?? "a call"
            let arguments = transition.content("arguments").flatMap { words[$0] }.map {
                ArgumentLine.text($0)
            }
            let risk = asked?["risk"]?.string.map { $0.firstLine }.flatMap {
                $0.isEmpty ? nil : ". Risk: \($0)"
            }
            sentence =
                "waits for you: it wants to run \(tool)\(arguments.map { ": \($0)" } ?? ""). "
                + "Reason: \(reason.firstLine)\(risk ?? ""). Answer with: \(soma)approve \(place), or "
                + "\(soma)reject \(place) \(typed ? "" : "-m ")WHY"
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
