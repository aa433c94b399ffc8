import SomaCore
package import SomaEngine

/// Picks what does the next step: a tool of the role's scope, another role, or a person's answer.
package struct ToolSelectNode: Node {
    let mind: Cognition

    package func step(_ visit: NodeVisit) -> NodeStep {
        let notes = RunNotes(visit)
        var update = Update()
        let due = skippingConditions(notes, &update)
        guard let due else { return .leave(CognitionGraph.Label.finished, update) }
        let planned = notes.steps[due]
        if planned.work == nil, mind.model != nil {
            return ModelSelection(mind: mind, notes: notes, index: due).step(visit.answers, update)
        }
        let candidate = chosenCandidate(notes, due)
        guard let work = planned.work(candidate: candidate) else {
            return unable("The step \"\(planned.id)\" says nothing to do.", due, update, notes)
        }
        return Selection(mind: mind, notes: notes, index: due, candidate: candidate).select(work, update)
    }

    /// The candidate that Reflect asked for, or the first.
    private func chosenCandidate(_ notes: RunNotes, _ index: Int) -> Int {
        guard let next = notes.run.document["candidate"], next["step"]?.int == index else { return 0 }
        return next["number"]?.int ?? 0
    }

    /// The step that is due, past those whose condition doesn't hold.
    private func skippingConditions(_ notes: RunNotes, _ update: inout Update) -> Int? {
        let values = RunValues(notes, mind.parameters)
        let states = notes.run.plan.steps
        if let active = notes.current, states[active].state == .active { return active }
        for index in states.indices
        where states[index].state == .pending && notes.steps.indices.contains(index) {
            guard let when = notes.steps[index].when,
                let condition = try? ExpressionParser.condition(when), !condition.holds(values)
            else {
                return index
            }
            update.steps.append(.init(index: index, state: .skipped, tries: 0))
            update.words.append(
                ("skipped/" + states[index].name, Words("Not needed: \(when) does not hold."))
            )
        }
        return nil
    }

    private func unable(_ why: String, _ index: Int, _ update: Update, _ notes: RunNotes) -> NodeStep {
        var update = update
        update.note(Trouble(.unable, step: index), because: why)
        return .leave(CognitionGraph.Label.unable, update)
    }
}

/// Turns work into a call: fills its templates in and checks that the role may do it.
struct Selection {
    let mind: Cognition
    let notes: RunNotes
    let index: Int
    var candidate = 0
    var turn = 0

    func select(_ work: Work, _ update: Update) -> NodeStep {
        var update = update
        do throws(TemplateError) {
            let (call, words) = try call(work)
            update.values.append(("call", call.note))
            update.words.append(("arguments", words))
            update.steps.append(
                .init(index: index, state: .active, tries: notes.run.plan.steps[index].tries + 1)
            )
            return .leave(CognitionGraph.Label.selected, update)
        } catch {
            update.steps.append(
                .init(index: index, state: .active, tries: notes.run.plan.steps[index].tries + 1)
            )
            update.values.append(("call", RunNotes.Call(.said, "", step: index, candidate: candidate).note))
            update.note(Trouble(.unable, step: index), because: error.description)
            return .leave(CognitionGraph.Label.unable, update)
        }
    }

    private func call(_ work: Work) throws(TemplateError) -> (RunNotes.Call, Words) {
        let values = RunValues(notes, mind.parameters)
        if let name = work.tool {
            guard let tool = mind.tool(name) else {
                throw TemplateError("The role \(mind.role.name) may not use the tool \(name).")
            }
            let arguments = try Work.filled(work.arguments ?? .object([:]), values)
            return (
                .init(.tool, tool.name, step: index, candidate: candidate, turn: turn), Words(json: arguments)
            )
        }
        if let delegate = work.delegate {
            if let refusal = mind.role.refusal(toDelegateTo: delegate.role, depth: notes.run.depth) {
                throw TemplateError(refusal)
            }
            let arguments: JSON = [
                "goal": .string(try Template(delegate.goal).text(values, missing: .fails)),
                "parameters": try Work.filled(delegate.parameters ?? .object([:]), values),
            ]
            return (
                .init(.delegate, delegate.role, step: index, candidate: candidate, turn: turn),
                Words(json: arguments)
            )
        }
        let question = try Template(work.ask ?? "").text(values, missing: .fails)
        return (.init(.ask, "person", step: index, candidate: candidate, turn: turn), Words(question))
    }
}
