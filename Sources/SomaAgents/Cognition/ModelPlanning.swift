import SomaCore
import SomaEngine

/// Plan, where a model thinks: asks for steps with criteria and keeps those that can be used.
struct ModelPlanning {
    static let stepsMax = 16

    let mind: Cognition
    let notes: RunNotes

    func step(_ answers: [Request], _ library: Library) -> NodeStep {
        guard let answer = answers.last else { return mind.ask(.plan, notes) }
        switch mind.reply(answer, library) {
        case .failure(let failure): return failure.step
        case .success(let reply):
            do throws(TemplateError) {
                return revise(try steps(in: reply.text))
            } catch {
                guard answers.count <= Cognition.remarksMax else {
                    return .fail(
                        code: "model.plan",
                        message:
                            "The model wrote no plan that can be used, asked \(answers.count) times. \(error)"
                    )
                }
                return mind.ask(.plan, notes, remark: error.description)
            }
        }
    }

    /// The steps that were done stay; the rest is replaced.
    private func revise(_ planned: [PlannedStep]) -> NodeStep {
        var steps: [PlannedStep] = []
        var states: [Plan.Step] = []
        for (index, state) in notes.run.plan.steps.enumerated()
        where state.state == .done && notes.steps.indices.contains(index) {
            steps.append(notes.steps[index])
            states.append(state)
        }
        for var step in planned {
            let name = step.id
            var number = 2
            while steps.contains(where: { $0.id == step.id }) {
                step.id = "\(name)-\(number)"
                number += 1
            }
            steps.append(step)
            states.append(.init(name: step.id))
        }
        var update = Update()
        update.plan = .init(steps: states, words: Words(json: (try? JSON(encoding: steps)) ?? []))
        update.clearTrouble(notes.run)
        return .leave(CognitionGraph.Label.planned, update)
    }

    /// The steps that a model wrote.
    func steps(in text: String) throws(TemplateError) -> [PlannedStep] {
        guard let list = JSON.object(in: text)?["steps"]?.array else {
            throw TemplateError("expected a JSON object with \"steps\", a list")
        }
        guard (1...Self.stepsMax).contains(list.count) else {
            throw TemplateError("expected 1 to \(Self.stepsMax) steps, found \(list.count)")
        }
        var steps: [PlannedStep] = []
        for (index, item) in list.enumerated() {
            guard let title = item["title"]?.string, !title.isEmpty else {
                throw TemplateError("expected a title for step \(index + 1)")
            }
            guard let criterion = item["criterion"]?.string, !criterion.isEmpty else {
                throw TemplateError(
                    "expected a criterion for step \(index + 1): how one can check that it was done"
                )
            }
            var step = PlannedStep(id: Self.name(item["id"]?.string, index), title: String(title.prefix(200)))
            step.criterion = String(criterion.prefix(500))
            step.expect = try expectations(item["expect"]?.array ?? [], index)
            steps.append(step)
        }
        return steps
    }

    private func expectations(_ list: [JSON], _ index: Int) throws(TemplateError) -> [Expectation]? {
        var expectations: [Expectation] = []
        for item in list.prefix(8) {
            let signs = Expectation.Comparison.allCases.filter {
                item[$0.rawValue] != nil && $0 != .agreesWith
            }
            guard let value = item["value"]?.string, let sign = signs.first, signs.count == 1 else {
                throw TemplateError(
                    "expected each \"expect\" of step \(index + 1) to have a value and one comparison"
                )
            }
            _ = try ExpressionParser.expression(value)
            // A model's operand is taken as it stands: only runbooks have templates.
            let operand = item[sign.rawValue]
            if let text = operand?.string, text.contains("{{") || text.contains("{%") {
                throw TemplateError("expected a plain value for \(sign.rawValue) of step \(index + 1)")
            }
            expectations.append(Expectation(value, sign, operand))
        }
        return expectations.isEmpty ? nil : expectations
    }

    /// A name that can be used as a key, from whatever the model gave.
    private static func name(_ given: String?, _ index: Int) -> String {
        let plain = (given ?? "").lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let name = String(plain.prefix(40))
        return name.contains { $0 != "-" } ? name : "step-\(index + 1)"
    }
}
