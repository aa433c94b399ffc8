import SomaCore
package import SomaEngine

/// Decides what follows: the next step, a check, another way, another plan, or giving up.
package struct ReflectNode: Node {
    let mind: Cognition
    /// How many calls a model may make for one step.
    static let callsPerStepMax = 24

    package func step(_ visit: NodeVisit) -> NodeStep {
        let notes = RunNotes(visit)
        guard let trouble = notes.trouble else { return goOn(notes) }
        guard let index = trouble.step, notes.steps.indices.contains(index) else {
            return replan(trouble, notes, Update())
        }
        return recover(trouble, index, notes)
    }

    private func goOn(_ notes: RunNotes) -> NodeStep {
        guard let call = notes.call, notes.steps.indices.contains(call.step) else {
            return .fail(code: "state.call", message: "The run's notes name no call to judge.")
        }
        let planned = notes.steps[call.step]
        let tries = notes.run.plan.steps[call.step].tries
        // A model's step ends when the model says so; until then it makes further calls.
        if planned.work == nil, call.kind != .said { return .leave(CognitionGraph.Label.next) }
        if planned.work == nil || !(planned.expect ?? []).isEmpty {
            return .leave(CognitionGraph.Label.verify)
        }
        var update = Update()
        update.steps = [.init(index: call.step, state: .done, tries: tries)]
        return .leave(CognitionGraph.Label.next, update)
    }

    private func recover(_ trouble: Trouble, _ index: Int, _ notes: RunNotes) -> NodeStep {
        let planned = notes.steps[index]
        let tries = notes.run.plan.steps[index].tries
        let candidate = notes.call?.step == index ? notes.call?.candidate ?? 0 : 0
        let chosen = notes.run.document["candidate"]
        let round = chosen?["step"]?.int == index ? chosen?["round"]?.int ?? 1 : 1
        var update = Update()
        if planned.work == nil, trouble.kind != .outdated, tries < Self.callsPerStepMax {
            // The model reads what went wrong and finds another way itself.
            return .leave(CognitionGraph.Label.next, update)
        }
        if planned.work != nil, let next = planned.alternative(after: candidate, for: trouble.kind) {
            update.values = [
                ("candidate", ["step": JSON(index), "number": JSON(next), "round": JSON(round)])
            ]
            return .leave(CognitionGraph.Label.next, update)
        }
        if planned.work != nil, trouble.kind != .rejected, round < planned.tries ?? 1 {
            update.values = [("candidate", ["step": JSON(index), "number": 0, "round": JSON(round + 1)])]
            return .leave(CognitionGraph.Label.next, update)
        }
        update.steps = [.init(index: index, state: .failed, tries: tries)]
        if planned.isOptional || mind.model != nil { return replan(trouble, notes, update) }
        return .fail(
            code: code(trouble),
            message: "Step \(index + 1) (\(planned.title)) can't be done. \(notes.because)"
        )
    }

    private func replan(_ trouble: Trouble, _ notes: RunNotes, _ update: Update) -> NodeStep {
        let replans = notes.passes(
            from: CognitionGraph.Name.reflect,
            CognitionGraph.Label.replan,
            to: CognitionGraph.Name.plan
        )
        // A runbook that measured everything a second time and still doesn't agree won't agree the third time.
        let measuredAgain =
            mind.runbook != nil && trouble.step == nil && notes.run.document["remeasured"] != nil
        guard replans < CognitionGraph.replansMax, !measuredAgain else {
            return .fail(
                code: measuredAgain ? code(trouble) : "plan.exhausted",
                message: measuredAgain
                    ? "The whole does not hold, measured twice. \(notes.because)"
                    : "The plan was made anew \(replans) times, which is the bound. \(notes.because)"
            )
        }
        var update = update
        if mind.runbook != nil, trouble.step == nil { update.values.append(("remeasured", true)) }
        return .leave(CognitionGraph.Label.replan, update)
    }

    private func code(_ trouble: Trouble) -> String {
        switch trouble.kind {
        case .failed: "step.failed"
        case .rejected: "step.rejected"
        case .unverified: "verify.rejected"
        case .unable: "step.unable"
        case .outdated: "plan.outdated"
        }
    }
}
