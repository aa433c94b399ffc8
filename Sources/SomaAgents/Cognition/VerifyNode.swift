import SomaCore
package import SomaEngine

/// Checks what was done: a step by its expectations, the whole by the runbook's, with second measurements.
package struct VerifyNode: Node {
    let mind: Cognition

    package func step(_ visit: NodeVisit) -> NodeStep {
        let notes = RunNotes(visit)
        let index = notes.current
        let id = index.map { notes.steps[$0].id }
        let expectations = index.map { notes.steps[$0].expect ?? [] } ?? mind.runbook?.expect ?? []
        if let index, expectations.isEmpty, mind.model != nil {
            return ModelJudging(mind: mind, notes: notes, index: index).step(visit.answers)
        }
        let values = RunValues(notes, mind.parameters, step: id)
        let measurements = expectations.map { measurement($0, values) }
        // Checks that need the same measurement share it: it is made once.
        var due: [EffectRequest] = []
        for case .success(let request)? in measurements where !due.contains(where: { $0.isSame(as: request) })
        {
            due.append(request)
        }
        if !due.isEmpty, visit.answers.isEmpty { return .ask(due.map { .effect($0) }) }
        var checks = zip(expectations, measurements).map { expectation, measurement in
            expectation.check(values, measured: measured(measurement, due, visit))
        }
        if index == nil { checks.append(wholePlan(notes)) }
        return judged(checks, index, notes)
    }

    /// The call that measures a second time; `nil` where none is needed.
    private func measurement(
        _ expectation: Expectation,
        _ values: RunValues
    ) -> Result<EffectRequest, TemplateError>? {
        guard expectation.comparison == .agreesWith, let second = expectation.second, let name = second.tool
        else {
            return nil
        }
        do throws(TemplateError) {
            guard let tool = mind.tool(name), tool.effect == .read else {
                throw TemplateError("\(name) is no tool that the role \(mind.role.name) may measure with.")
            }
            let arguments = try Work.filled(second.arguments ?? .object([:]), values)
            return .success(mind.effect(tool, arguments))
        } catch {
            return .failure(error)
        }
    }

    private func measured(
        _ measurement: Result<EffectRequest, TemplateError>?,
        _ due: [EffectRequest],
        _ visit: NodeVisit
    ) -> Result<JSON, TemplateError>? {
        switch measurement {
        case nil: return nil
        case .failure(let error): return .failure(error)
        case .success(let request):
            guard let place = due.firstIndex(where: { $0.isSame(as: request) }),
                visit.answers.indices.contains(place)
            else {
                return .failure(TemplateError("\(request.name) was not called."))
            }
            let answer = visit.answers[place]
            let words = visit.library[answer.result]
            guard answer.state == .succeeded, let json = words?.json else {
                let why = words?.json?["text"]?.string ?? words?.text ?? answer.status
                return .failure(TemplateError("\(request.name) failed: \(String(why.prefix(200)))"))
            }
            return .success(json)
        }
    }

    private func wholePlan(_ notes: RunNotes) -> Check {
        let steps = notes.run.plan.steps
        let done = steps.count { $0.state == .done }
        let skipped = steps.count { $0.state == .skipped }
        let rest = steps.count - done - skipped
        return Check(
            what: "every step is done or left out for a reason",
            expected: "none open",
            found: "\(done) done, \(skipped) left out" + (rest > 0 ? ", \(rest) open" : ""),
            ok: rest == 0 && done > 0
        )
    }

    private func judged(_ checks: [Check], _ index: Int?, _ notes: RunNotes) -> NodeStep {
        let id = index.map { notes.steps[$0].id } ?? ""
        let evidence = Words(json: ["checks": (try? JSON(encoding: checks)) ?? []])
        let failed = checks.filter { !$0.ok }
        var update = Update()
        update.verdict = .init(accepted: failed.isEmpty, step: index, evidence: evidence)
        guard failed.isEmpty else {
            update.note(
                Trouble(.unverified, step: index),
                because: failed.map(\.line).joined(separator: "; ")
            )
            return .leave(CognitionGraph.Label.reject, update)
        }
        update.words = [("checks/" + id, evidence)]
        guard let index else { return .leave(CognitionGraph.Label.accept, update) }
        update.clearTrouble(notes.run)
        update.steps = [.init(index: index, state: .done, tries: notes.run.plan.steps[index].tries)]
        return .leave(CognitionGraph.Label.next, update)
    }
}

extension EffectRequest {
    fileprivate func isSame(as other: EffectRequest) -> Bool {
        name == other.name && arguments == other.arguments
    }
}
