import SomaCore
package import SomaEngine

/// Turns what came of a call into facts.
package struct ObserveNode: Node {
    let mind: Cognition
    /// The most of a result that a fact repeats; the rest is in the result.
    static let textMax = 400
    /// How many numbers a fact holds.
    static let numbersMax = 8

    package func step(_ visit: NodeVisit) -> NodeStep {
        let notes = RunNotes(visit)
        guard let call = notes.call, notes.steps.indices.contains(call.step) else {
            return .fail(code: "state.call", message: "The run's notes name no call to look at.")
        }
        let id = notes.steps[call.step].id
        let values = RunValues(notes, mind.parameters)
        let text = TemplateFilter.trimmed(values.value(at: ["steps", id, "text"])?.shown ?? "")
        let brief = text.count > Self.textMax ? text.prefix(Self.textMax) + "…" : text
        let result = notes.result(of: id)
        let status = result?["status"]?.string ?? ""
        var update = Update()
        if result?["ok"]?.bool == true {
            let value = numbers(values.value(at: ["steps", id, "output"]))
            update.facts = [.init(name: id, value: value, words: Words(brief))]
            update.clearTrouble(notes.run)
        } else {
            let kind: Trouble.Kind = status == "rejected" ? .rejected : .failed
            let saying = brief.isEmpty ? "" : ": \(brief)"
            update.facts = [.init(name: id, value: ["status": .string(status)], words: Words(brief))]
            update.note(Trouble(kind, step: call.step), because: "\(subject(call)) \(verb(status))\(saying)")
        }
        return .leave(CognitionGraph.Label.observed, update)
    }

    private func subject(_ call: RunNotes.Call) -> String {
        switch call.kind {
        case .tool: "The tool \(call.name)"
        case .delegate: "The \(call.name) that was given part of the work"
        case .ask, .said: "The question"
        }
    }

    private func verb(_ status: String) -> String {
        switch status {
        case "rejected": "was not allowed by the person who was asked"
        case "timeout": "took too long"
        case "refused": "was refused"
        case "cancelled": "was cancelled"
        default: "failed"
        }
    }

    /// The numbers and booleans of a result, where there are any.
    private func numbers(_ output: JSON?) -> JSON? {
        var numbers = JSONObject()
        for member in output?.object?.members ?? [] where numbers.count < Self.numbersMax {
            if member.value.double != nil || member.value.bool != nil { numbers[member.key] = member.value }
        }
        return numbers.isEmpty ? nil : .object(numbers)
    }
}
