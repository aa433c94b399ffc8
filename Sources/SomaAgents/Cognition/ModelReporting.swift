import SomaCore
import SomaEngine

/// Commit, where a model thinks: asks for the report, keeps its beginning as a memory, and ends the run.
struct ModelReporting {
    let mind: Cognition
    let notes: RunNotes

    func step(_ answers: [Request]) -> NodeStep {
        guard let first = answers.first else { return mind.ask(.report, notes) }
        let report = report(first)
        guard answers.count > 1 else {
            let goal = notes.library[notes.run.goal]?.text ?? "a goal"
            let memory = String(report.prefix(2000))
            return .ask(.effect(CommitNode.remember(goal, memory, notes, mind)))
        }
        return .leave(CognitionGraph.Label.committed, CommitNode.outcome(report, answers.last))
    }

    /// What the model wrote, or the plain list of what was done where it wrote nothing.
    private func report(_ answer: Request) -> String {
        if case .success(let reply) = mind.reply(answer, notes.library),
            !TemplateFilter.trimmed(reply.text).isEmpty
        {
            return reply.text
        }
        let lines = notes.steps.map { step in
            "- \(step.title): \(ModelPrompt.cut(notes.words("output/" + step.id)?.text ?? "no result", 600))"
        }
        return (["# What was done", ""] + lines).joined(separator: "\n")
    }
}
