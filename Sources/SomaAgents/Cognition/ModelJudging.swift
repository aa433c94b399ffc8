import SomaCore
import SomaEngine

/// Verify, for a step of a model's plan that no check can decide: a second question, about the results alone.
struct ModelJudging {
    let mind: Cognition
    let notes: RunNotes
    let index: Int

    func step(_ answers: [Request]) -> NodeStep {
        // Where nothing was done, there is nothing that could show it: no model's word makes up for that.
        guard (notes.run.document["turns"]?.int ?? 0) > 0 else {
            return judged(false, "no tool was called, so no result can show that the step was done")
        }
        guard let answer = answers.last else { return mind.ask(.judge, notes) }
        switch mind.reply(answer, notes.library) {
        case .failure(let failure): return failure.step
        case .success(let reply):
            let verdict = JSON.object(in: reply.text)
            if let accepted = verdict?["accepted"]?.bool {
                return judged(accepted, verdict?["evidence"]?.string ?? "no evidence was given")
            }
            guard answers.count > Cognition.remarksMax else {
                return mind.ask(.judge, notes, remark: "expected a JSON object with \"accepted\"")
            }
            return judged(false, "the model gave no judgement that can be read")
        }
    }

    private func judged(_ accepted: Bool, _ why: String) -> NodeStep {
        let planned = notes.steps[index]
        let check = Check(
            what: planned.criterion ?? planned.title,
            expected: "results that show it (judged by the model)",
            found: String(why.prefix(600)),
            ok: accepted
        )
        let evidence = Words(json: ["checks": (try? JSON(encoding: [check])) ?? []])
        var update = Update()
        update.verdict = .init(accepted: accepted, step: index, evidence: evidence)
        guard accepted else {
            update.note(Trouble(.unverified, step: index), because: check.line)
            return .leave(CognitionGraph.Label.reject, update)
        }
        update.words = [("checks/" + planned.id, evidence)]
        update.clearTrouble(notes.run)
        update.steps = [.init(index: index, state: .done, tries: notes.run.plan.steps[index].tries)]
        return .leave(CognitionGraph.Label.next, update)
    }
}
