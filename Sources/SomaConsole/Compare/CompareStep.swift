package import SomaCore

/// A step of a run as it is compared with another run's: one decision, call, judgement, question or way taken.
package struct CompareStep: Sendable, Hashable {
    /// What sort of step it is.
    package enum Kind: String, Sendable, Hashable {
        case start, way, call, plan, fact, judgement, question, answer, child, steering, end, other
    }

    /// The run that it is of; of a fork's shared part, the run that was forked.
    package var run: RunID
    /// The seq of its first transition.
    package var seq: Int
    /// When it began.
    package var at: Timestamp
    /// The node.
    package var node: String
    /// What sort of step it is.
    package var kind: Kind
    /// What was called, asked or decided, in a word or two.
    package var name: String
    /// Where a way leads.
    package var target = ""
    /// The words of what it was given.
    package var arguments: ContentID?
    /// How it came out, in a word or two.
    package var outcome = ""
    /// How it stands.
    package var mark: RunMark?
    /// How long it took, in microseconds; 0 where it took no time or hasn't ended.
    package var microseconds: Int64 = 0
    /// The tokens that it used.
    package var tokens = 0
    /// What it cost, in millionths of a dollar.
    package var microdollars = 0

    /// The steps of a log, oldest first. What only tells that something goes on is part of the step before.
    package static func steps(of log: some Sequence<Transition>) -> [CompareStep] {
        var fold = CompareFold()
        for transition in log { fold.take(transition) }
        return fold.steps
    }
}

/// Folds a log into steps.
private struct CompareFold {
    var steps: [CompareStep] = []
    /// Steps by the seq that later transitions refer to.
    private var places: [Int: Int] = [:]
    private var entered: [Int: Timestamp] = [:]

    mutating func take(_ transition: Transition) {
        let body = transition.body
        switch transition.kind {
        case .runStarted: add(transition, .start, "start", transition.content("goal"))
        case .runForked: add(transition, .start, "fork")
        case .nodeEntered: entered[transition.seq] = transition.at
        case .nodeLeft:
            let next = body["next"]?.array?.compactMap { $0["node"]?.string } ?? []
            add(transition, .way, body["outcome"]?.string ?? "")
            steps[steps.count - 1].target = next.joined(separator: ", ")
            if let from = body["activation"]?.int.flatMap({ entered.removeValue(forKey: $0) }) {
                steps[steps.count - 1].microseconds = (transition.at - from).microseconds
            }
        case .effectRequested:
            add(
                transition,
                .call,
                body["name"]?.string ?? "",
                transition.content("arguments"),
                mark: .waiting
            )
        case .effectStarted: change(body["effect"]) { $0.mark = .running }
        case .effectFinished:
            let isGood = body["ok"]?.bool ?? false
            change(body["effect"]) { step in
                step.mark = isGood ? .done : .failed
                step.outcome = isGood ? "ok" : body["status"]?.string ?? "failed"
                step.microseconds = (transition.at - step.at).microseconds
            }
        case .effectInDoubt:
            change(body["effect"]) { step in
                step.mark = .inDoubt
                step.outcome = "in doubt"
            }
        case .budgetCharged: charge(transition)
        case .planRevised:
            let count = body["steps"]?.array?.count ?? 0
            add(
                transition,
                .plan,
                "plan",
                transition.content("plan"),
                outcome: count == 1 ? "1 step" : "\(count) steps"
            )
        case .factObserved: add(transition, .fact, "fact", transition.content("fact"))
        case .verifyJudged:
            let isGood = body["accepted"]?.bool ?? false
            add(
                transition,
                .judgement,
                body["step"]?.int.map { "step \($0 + 1)" } ?? "whole",
                transition.content("evidence"),
                outcome: isGood ? "accepted" : "rejected",
                mark: isGood ? .done : .failed
            )
        case .interruptOpened:
            add(transition, .question, "asks", transition.content("question"), mark: .needsPerson)
        case .interruptClosed: close(transition)
        case .childSpawned:
            add(transition, .child, body["role"]?.string ?? "", transition.content("goal"), mark: .running)
        case .childFinished:
            change(body["request"]) { step in
                let status = body["status"]?.string ?? "ended"
                step.outcome = status
                step.mark = status == "completed" ? .done : .failed
                step.microseconds = (transition.at - step.at).microseconds
            }
        case .runCompleted:
            add(transition, .end, "end", transition.content("outcome"), outcome: "done", mark: .done)
        case .runFailed:
            let code = body["code"]?.string ?? ""
            add(
                transition,
                .end,
                "end",
                transition.content("message"),
                outcome: "failed \(code)",
                mark: .failed
            )
        case .runCancelled:
            add(
                transition,
                .end,
                "end",
                transition.content("message"),
                outcome: "cancelled",
                mark: .cancelled
            )
        case .effectSettled:
            let happened = body["happened"]?.bool ?? false
            add(transition, .steering, "settle", outcome: happened ? "happened" : "did not happen")
        case .runPaused: add(transition, .steering, "pause", outcome: body["reason"]?.string ?? "")
        case .runResumed: add(transition, .steering, "resume", outcome: body["after"]?.string ?? "")
        case .budgetChanged: add(transition, .steering, "budget")
        case .unknown(let type): add(transition, .other, type)
        }
    }

    private mutating func add(
        _ transition: Transition,
        _ kind: CompareStep.Kind,
        _ name: String,
        _ arguments: ContentID? = nil,
        outcome: String = "",
        mark: RunMark? = nil
    ) {
        places[transition.seq] = steps.count
        steps.append(
            CompareStep(
                run: transition.run,
                seq: transition.seq,
                at: transition.at,
                node: transition.node ?? "",
                kind: kind,
                name: name,
                arguments: arguments,
                outcome: outcome,
                mark: mark
            )
        )
    }

    private mutating func change(_ seq: JSON?, _ body: (inout CompareStep) -> Void) {
        guard let place = seq?.int.flatMap({ places[$0] }) else { return }
        body(&steps[place])
    }

    private mutating func close(_ transition: Transition) {
        let answer = transition.body["answer"]?.string ?? ""
        change(transition.body["interrupt"]) { step in
            step.microseconds = (transition.at - step.at).microseconds
            step.mark = answer == "rejected" ? .failed : .done
        }
        add(transition, .answer, "answer", transition.content("message"), outcome: answer)
    }

    private mutating func charge(_ transition: Transition) {
        let body = transition.body
        let place = body["effect"]?.int.flatMap { places[$0] } ?? steps.indices.last
        guard let place else { return }
        steps[place].tokens += body["tokens"]?.int ?? 0
        steps[place].microdollars += body["microdollars"]?.int ?? 0
    }
}
