import SomaCore
package import SomaEngine

/// Writes the outcome and what is worth remembering, and ends the run.
package struct CommitNode: Node {
    let mind: Cognition

    package func step(_ visit: NodeVisit) -> NodeStep {
        let notes = RunNotes(visit)
        guard let runbook = mind.runbook else {
            return ModelReporting(mind: mind, notes: notes).step(visit.answers)
        }
        let values = RunValues(notes, mind.parameters)
        let memory = filled(runbook.remember, values)
        if visit.answers.isEmpty, !memory.isEmpty {
            return .ask(.effect(Self.remember(title(runbook, values), memory, notes, mind)))
        }
        var report = filled(runbook.report, values)
        if notes.run.parent != nil, let output = runbook.output {
            report = ChildReport.compose(report, output: lenient(output, values))
        }
        return .leave(CognitionGraph.Label.committed, Self.outcome(report, visit.answers.last))
    }

    /// The call that keeps a memory.
    static func remember(_ title: String, _ text: String, _ notes: RunNotes, _ mind: Cognition)
        -> EffectRequest
    {
        let arguments: JSON = ["title": .string(String(title.prefix(200))), "text": .string(text)]
        return mind.effect(MemoryTools.commit, arguments)
    }

    /// The end of a run; that a memory could not be kept is a fact, no reason to throw the work away.
    static func outcome(_ report: String, _ memory: Request?) -> Update {
        var update = Update()
        update.words = [("outcome", Words(report))]
        if let memory, memory.state != .succeeded {
            let words = Words("What the run learned could not be kept for later runs.")
            update.facts = [.init(name: "memory", value: ["status": .string(memory.status)], words: words)]
        }
        return update
    }

    private func title(_ runbook: Runbook, _ values: RunValues) -> String {
        let goal = values.value(at: ["goal"])?.shown ?? ""
        return goal.isEmpty ? runbook.name : "\(runbook.name): \(goal)"
    }

    private func filled(_ source: String, _ values: RunValues) -> String {
        let text = (try? Template(source).text(values, missing: .isBlank)) ?? source
        return TemplateFilter.trimmed(text).isEmpty ? "" : text
    }

    /// Structure with what is there filled in; what is missing becomes `null`.
    private func lenient(_ json: JSON, _ values: RunValues) -> JSON {
        switch json {
        case .string(let text): (try? Template(text).json(values)) ?? .null
        case .array(let elements): .array(elements.map { lenient($0, values) })
        case .object(let object):
            .object(JSONObject(object.members.map { ($0.key, lenient($0.value, values)) }))
        default: json
        }
    }
}
