import SomaCore
import SomaEngine

extension Cognition {
    /// How often a model is asked again for an answer that can't be used.
    static let remarksMax = 2

    /// A model call. What it may cost is set aside: the conversation as it stands and the longest answer.
    func ask(_ ask: ModelPrompt.Ask, _ notes: RunNotes, remark: String = "") -> NodeStep {
        guard let model else {
            return .fail(
                code: "model.missing",
                message: "This run follows a runbook; it has no model to ask."
            )
        }
        var arguments: JSONObject = ["ask": .string(ask.rawValue)]
        if !remark.isEmpty { arguments["remark"] = .string(String(remark.prefix(400))) }
        let prompt = ModelPrompt(
            .object(arguments),
            notes,
            role,
            prompt: prompt,
            tools: tools.values.sorted { $0.name < $1.name }
        )
        let call = prompt.call(model.name)
        let input = call.inputTokensEstimate
        let reserve = Usage(
            tokens: input + call.outputTokensMax,
            microdollars: model.price?.microdollars(input: input, output: call.outputTokensMax) ?? 0
        )
        return .ask(
            .effect(
                EffectRequest(
                    kind: .model,
                    name: model.name,
                    effectClass: .model,
                    arguments: Words(json: .object(arguments)),
                    timeout: .seconds(300),
                    attemptsMax: 4,
                    reserve: reserve
                )
            )
        )
    }

    /// The last answer of a model; a model that can't be asked ends the run.
    func reply(_ answer: Request, _ library: Library) -> Result<ModelReply, ModelFailure> {
        let words = library[answer.result]
        guard answer.state == .succeeded, let json = words?.json else {
            let why = words?.json?["text"]?.string ?? words?.text ?? answer.status
            return .failure(
                ModelFailure(message: "The model \(answer.name) gave no answer. \(String(why.prefix(500)))")
            )
        }
        return .success(ModelReply(json))
    }
}

/// A model gave no answer at all.
struct ModelFailure: Error {
    let message: String

    var step: NodeStep { .fail(code: "model.failed", message: message) }
}

extension JSON {
    /// The JSON object in what a model wrote: alone, in a fenced block, or with prose around it.
    static func object(in text: String) -> JSON? {
        guard let start = text.firstIndex(of: "{"), let end = text.lastIndex(of: "}"), start < end else {
            return nil
        }
        guard let json = try? JSON.parse(String(text[start...end])), json.object != nil else { return nil }
        return json
    }
}
