package import SomaCore
import SomaTerminal

/// What happens, in sentences: for terminals that can't show screens, for screen readers, and for logs.
package enum LinearText {
    /// What a person should hear of a transition, a sentence each; none for what only machines count.
    /// - Parameter typed: Whether answers are typed into the same console, rather than into a shell.
    package static func sentences(
        _ transition: Transition,
        words: [ContentID: String],
        typed: Bool = false
    ) -> [String] {
        guard let sentence = sentence(transition, words: words, typed: typed) else { return [] }
        guard transition.kind == .planRevised else { return [sentence] }
        let names = transition.body["steps"]?.array?.map { $0["name"]?.string ?? "" } ?? []
        let texts = transition.content("plan").flatMap { words[$0] }.map { PlanWords.steps($0) } ?? []
        let all = typed ? "plan \(transition.run.short)" : "soma show \(transition.run.short)"
        let more = names.count - stepsMax
        return [sentence] + names.prefix(stepsMax).enumerated().map { step($0, $1, texts) }
            + (more > 0 ? ["and \(Amounts.grouped(more)) more steps; \(all) tells all"] : [])
    }

    /// The most steps of a plan that are told by themselves.
    private static let stepsMax = 40

    /// A step in words: `step 2: list deploys around it, until there is a window of 30 minutes`.
    private static func step(_ index: Int, _ name: String, _ texts: [PlanWords.Step], _ state: String = "")
        -> String
    {
        let text = texts.indices.contains(index) ? texts[index] : PlanWords.Step(title: "", criterion: "")
        let title = text.title.isEmpty ? name.firstLine : text.title
        let criterion = text.criterion.isEmpty ? "" : ", until \(text.criterion)"
        return SafeText.line("step \(index + 1)\(state): \(title)\(criterion)")
    }

    /// A run's plan as it stands, a sentence a step.
    /// - Parameter words: The plan's words.
    package static func plan(_ run: RunState, words: String?) -> [String] {
        let steps = run.plan.steps
        guard !steps.isEmpty else { return ["\(SafeText.line(run.id.short)) has no plan yet."] }
        let texts = words.map { PlanWords.steps($0) } ?? []
        let count = steps.count == 1 ? "1 step" : "\(Amounts.grouped(steps.count)) steps"
        let anew = run.plan.revision > 1 ? ", revision \(run.plan.revision)" : ""
        let head =
            "\(run.id.short) has a plan of \(count)\(anew), \(Amounts.grouped(run.plan.finished)) finished."
        return [SafeText.line(head)]
            + steps.enumerated().map { index, step in
                let tries = step.tries > 1 ? ", try \(step.tries)" : ""
                return self.step(index, step.name, texts, ", \(word(step.state))\(tries)")
            }
    }

    private static func word(_ state: Plan.StepState) -> String {
        switch state {
        case .pending: "to come"
        case .active: "under way"
        case .done: "done"
        case .failed: "failed"
        case .skipped: "left out"
        }
    }

    private static func sentence(
        _ transition: Transition,
        words: [ContentID: String],
        typed: Bool
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
        case .runResumed where body["after"]?.string == "clock":
            let jumped = Amounts.span(Int64(body["jumped"]?.int ?? 0))
            sentence = "noticed that the clock was set forward by \(jumped)"
        case .runResumed where body["after"]?.string == "handover":
            sentence = "was handed over to \(text("holder"))"
        case .runResumed: sentence = "went on after \(text("after"))\(by)"
        case .runPaused: sentence = paused(text("reason"), by, transition.run.short, soma)
        case .runCompleted: sentence = "done\(said("outcome"))"
        case .runFailed: sentence = "failed, \(text("code"))\(said("message"))"
        case .runCancelled: sentence = "cancelled\(by)\(said("message"))"
        case .planRevised:
            let steps = body["steps"]?.array?.count ?? 0
            let revision = body["revision"]?.int ?? 1
            let anew = revision > 1 ? " anew, revision \(revision):" : ""
            sentence = "planned\(anew) \(steps == 1 ? "1 step" : "\(Amounts.grouped(steps)) steps")"
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
        case .budgetChanged where body["reserve"] != nil:
            sentence = "set aside for a run it delegated to: \(amounts(body["reserve"]))\(by)"
        case .budgetChanged: sentence = "may use in all: \(amounts(body["limits"])), set\(by)"
        case .nodeEntered, .nodeLeft, .factObserved, .effectRequested, .effectStarted, .effectFinished,
            .budgetCharged,
            .unknown:
            return nil
        }
        return SafeText.line(sentence)
    }

    private static func paused(_ reason: String, _ by: String, _ run: String, _ soma: String) -> String {
        guard let dimension = Budget.Dimension(rawValue: String(reason.dropFirst("budget:".count))),
            reason.hasPrefix("budget:")
        else {
            return reason == "person" ? "paused\(by)" : "paused: \(reason)"
        }
        let way =
            soma.isEmpty
            ? "budget \(run) and what it may use in all, such as \(example(dimension, isTyped: true))"
            : "soma budget \(run) \(example(dimension, isTyped: false))"
        return "waits for you: it has used up its \(dimension.word). Give it more with: \(way)"
    }

    private static func example(_ dimension: Budget.Dimension, isTyped: Bool) -> String {
        switch dimension {
        case .tokens: isTyped ? "50k tokens" : "--tokens 50000"
        case .microdollars: isTyped ? "$2.50" : "--usd 2.50"
        case .steps: isTyped ? "400 steps" : "--steps 400"
        case .seconds: isTyped ? "20m" : "--time 20m"
        }
    }

    /// Limits in words: `50k tokens, $2.50`.
    private static func amounts(_ record: JSON?) -> String {
        let all = Budget.Dimension.allCases.compactMap { dimension -> String? in
            guard let amount = record?[dimension.rawValue]?.int else { return nil }
            let text = BudgetText.short(amount, dimension)
            switch dimension {
            case .tokens, .steps: return "\(text) \(dimension.rawValue)"
            case .microdollars: return text
            case .seconds: return "\(text) of work"
            }
        }
        return all.isEmpty ? "as much as it needs" : all.joined(separator: ", ")
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
