import SomaCore
package import SomaEngine

/// Has the chosen call performed, and keeps what came of it.
package struct ExecuteNode: Node {
    let mind: Cognition

    package func step(_ visit: NodeVisit) -> NodeStep {
        let notes = RunNotes(visit)
        guard let call = notes.call, notes.steps.indices.contains(call.step) else {
            return .fail(code: "state.call", message: "The run's notes name no call to make.")
        }
        guard let answer = visit.answers.last else { return request(call, notes) }
        let id = notes.steps[call.step].id
        let words = visit.library[answer.result] ?? Words("")
        var result: JSONObject = [
            "kind": .string(call.kind.rawValue), "ok": .bool(answer.state == .succeeded),
            "status": .string(answer.status),
        ]
        if call.turn > 0 { result["turn"] = JSON(call.turn) }
        var update = Update([("result/" + id, .object(result))])
        update.words = [("output/" + id, words)]
        if call.turn > 0 { update.words.append(("reply/\(call.turn)", words)) }
        return .leave(CognitionGraph.Label.executed, update)
    }

    private func request(_ call: RunNotes.Call, _ notes: RunNotes) -> NodeStep {
        let arguments = notes.words("arguments") ?? Words("{}")
        let work = notes.steps[call.step].work(candidate: call.candidate)
        switch call.kind {
        case .tool:
            guard let tool = mind.tool(call.name) else {
                return .fail(code: "tool.unknown", message: "There is no tool \(call.name) any more.")
            }
            return .ask(.effect(mind.effect(tool, arguments.json ?? .object([:]), for: filled(work, notes))))
        case .delegate:
            let delegate = work?.delegate
            let child = ChildRequest(
                role: call.name,
                goal: arguments.json?["goal"]?.string ?? "",
                runbook: delegate?.runbook,
                parameters: arguments.json?["parameters"]?.object ?? JSONObject(),
                limits: delegate?.limits ?? Limits()
            )
            return .ask(.child(child))
        case .ask, .said: return .ask(.question(arguments))
        }
    }

    /// The work with what a person reads before they approve it filled in.
    private func filled(_ work: Work?, _ notes: RunNotes) -> Work? {
        guard var work, let approve = work.approve else { return work }
        let values = RunValues(notes, mind.parameters)
        func text(_ source: String) -> String {
            (try? Template(source).text(values, missing: .isBlank)) ?? source
        }
        work.approve = .init(risk: text(approve.risk), reason: text(approve.reason))
        return work
    }
}
