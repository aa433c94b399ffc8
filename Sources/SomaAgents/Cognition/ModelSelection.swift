import SomaCore
import SomaEngine

/// ToolSelect, where a model thinks: asks for one call, and takes it if the role may make it.
struct ModelSelection {
    let mind: Cognition
    let notes: RunNotes
    let index: Int

    func step(_ answers: [Request], _ update: Update) -> NodeStep {
        guard let answer = answers.last else { return mind.ask(.select, notes) }
        switch mind.reply(answer, notes.library) {
        case .failure(let failure): return failure.step
        case .success(let reply):
            do throws(TemplateError) {
                return try take(reply, update)
            } catch {
                guard answers.count <= Cognition.remarksMax else {
                    return leave(.unable, "The model chose nothing that can be done. \(error)", update)
                }
                return mind.ask(.select, notes, remark: error.description)
            }
        }
    }

    private func take(_ reply: ModelReply, _ update: Update) throws(TemplateError) -> NodeStep {
        guard let call = reply.calls.first else {
            guard !TemplateFilter.trimmed(reply.text).isEmpty else {
                throw TemplateError("expected a call to one of the tools, found nothing")
            }
            return conclude(reply.text, update)
        }
        guard let arguments = try? JSON.parse(call.arguments.isEmpty ? "{}" : call.arguments),
            arguments.object != nil
        else {
            throw TemplateError(
                "expected the arguments of \(Self.shown(call.name)) to be a JSON object, found text that is none"
            )
        }
        func text(_ key: String) throws(TemplateError) -> String {
            guard let text = arguments[key]?.string, !text.isEmpty else {
                throw TemplateError("expected \(Self.shown(call.name)) to have the text \"\(key)\"")
            }
            return text
        }
        switch SteeringTool(rawValue: call.name) {
        case .finishStep: return conclude(try text("result"), update)
        case .revisePlan: return leave(.outdated, try text("reason"), update)
        case .askPerson:
            return chosen(.ask, "person", Words(try text("question")), reply, call, arguments, update)
        case .delegate:
            let role = try text("role")
            if let refusal = mind.role.refusal(toDelegateTo: role, depth: notes.run.depth) {
                throw TemplateError(refusal)
            }
            let words = Words(json: ["goal": .string(try text("goal")), "parameters": [:]])
            return chosen(.delegate, role, words, reply, call, arguments, update)
        case nil:
            guard let tool = mind.tool(call.name) else {
                let names = mind.tools.keys.filter { mind.role.allows(tool: $0) }.sorted()
                throw TemplateError(
                    "expected one of the tools \(names.joined(separator: ", ")), found \(Self.shown(call.name))"
                )
            }
            return chosen(.tool, tool.name, Words(json: arguments), reply, call, arguments, update)
        }
    }

    private func chosen(
        _ kind: RunNotes.Call.Kind,
        _ name: String,
        _ words: Words,
        _ reply: ModelReply,
        _ call: ModelReply.Call,
        _ arguments: JSON,
        _ update: Update
    ) -> NodeStep {
        var update = update
        let turn = (notes.run.document["turns"]?.int ?? 0) + 1
        update.values.append(("turns", JSON(turn)))
        update.values.append(("call", RunNotes.Call(kind, name, step: index, turn: turn).note))
        update.words.append(("arguments", words))
        let chosen: JSON = ["text": .string(reply.text), "name": .string(call.name), "arguments": arguments]
        update.words.append(("turn/\(turn)", Words(json: chosen)))
        update.steps.append(.init(index: index, state: .active, tries: notes.run.plan.steps[index].tries + 1))
        return .leave(CognitionGraph.Label.selected, update)
    }

    /// The model says that the step is done; Verify looks whether it is.
    private func conclude(_ text: String, _ update: Update) -> NodeStep {
        var update = update
        let id = notes.steps[index].id
        update.values.append(("call", RunNotes.Call(.said, "", step: index).note))
        update.clearTrouble(notes.run)
        if notes.steps[index].expect == nil || notes.result(of: id) == nil {
            update.values.append(("result/" + id, ["kind": "said", "ok": true, "status": "ok"]))
            update.words.append(("output/" + id, Words(text)))
        }
        update.steps.append(.init(index: index, state: .active, tries: notes.run.plan.steps[index].tries + 1))
        return .leave(CognitionGraph.Label.concluded, update)
    }

    private func leave(_ kind: Trouble.Kind, _ why: String, _ update: Update) -> NodeStep {
        var update = update
        update.note(Trouble(kind, step: index), because: why)
        update.values.append(("call", RunNotes.Call(.said, "", step: index).note))
        update.steps.append(.init(index: index, state: .active, tries: notes.run.plan.steps[index].tries + 1))
        return .leave(CognitionGraph.Label.unable, update)
    }

    private static func shown(_ name: String) -> String { "\"\(String(name.prefix(60)))\"" }
}
