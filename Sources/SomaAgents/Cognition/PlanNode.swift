import SomaCore
package import SomaEngine

/// Writes the list of steps, and rewrites it when Reflect found it wanting.
package struct PlanNode: Node {
    let mind: Cognition

    package func step(_ visit: NodeVisit) -> NodeStep {
        let notes = RunNotes(visit)
        if let runbook = mind.runbook {
            return notes.run.plan.revision == 0 ? first(runbook, visit) : revised(notes)
        }
        return ModelPlanning(mind: mind, notes: notes).step(visit.answers, visit.library)
    }

    private func first(_ runbook: Runbook, _ visit: NodeVisit) -> NodeStep {
        var update = Update()
        let words = (try? JSON(encoding: runbook.steps)) ?? .array([])
        update.plan = .init(steps: runbook.steps.map { .init(name: $0.id) }, words: Words(json: words))
        return .leave(CognitionGraph.Label.planned, update)
    }

    /// A runbook's new plan: without what failed and what needs it, or measured once more as a whole.
    private func revised(_ notes: RunNotes) -> NodeStep {
        var steps = notes.run.plan.steps
        var update = Update()
        if let failed = notes.trouble?.step, steps.indices.contains(failed) {
            var dropped: Set<String> = [steps[failed].name]
            steps[failed].state = .skipped
            update.words.append(("skipped/" + steps[failed].name, Words(notes.because)))
            for index in notes.steps.indices where steps[index].state == .pending {
                guard let need = notes.steps[index].needs.intersection(dropped).min() else { continue }
                steps[index].state = .skipped
                dropped.insert(steps[index].name)
                update.words.append(
                    ("skipped/" + steps[index].name, Words("It needs \(need), which was left out."))
                )
            }
        } else {
            for index in notes.steps.indices
            where steps[index].state == .done && isMeasurement(notes.steps[index]) {
                steps[index].state = .pending
            }
        }
        update.clearTrouble(notes.run)
        update.plan = .init(steps: steps, words: notes.library[notes.run.plan.words] ?? Words("[]"))
        return .leave(CognitionGraph.Label.planned, update)
    }

    /// Whether doing it again changes nothing outside and asks nobody.
    private func isMeasurement(_ step: PlannedStep) -> Bool {
        step.work?.tool.flatMap(mind.tool)?.effect == .read && step.work?.approve == nil
    }
}
