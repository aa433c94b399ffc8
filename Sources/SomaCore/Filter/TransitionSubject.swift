/// A transition as a filter sees it.
///
/// Its words are its run, kind, node and role, its body as JSON text, and the texts that it refers to as far as
/// they are at hand.
package struct TransitionSubject: FilterSubject {
    private let transition: Transition
    private let words: (ContentID) -> String?

    /// Makes a subject.
    /// - Parameters:
    ///   - transition: The transition.
    ///   - words: Gives the text behind an id, where it is at hand.
    package init(_ transition: Transition, words: @escaping (ContentID) -> String? = { _ in nil }) {
        self.transition = transition
        self.words = words
    }

    /// The fields of transitions.
    package static let fields = FilterFields(
        [
            FilterField("run", .text, "the run's id"),
            FilterField("seq", .count, "its number in the run"),
            FilterField("kind", .text, "what happened: effect.finished"),
            FilterField("node", .text, "the node of the graph"),
            FilterField("role", .text, "the agent's role"),
            FilterField("level", .text, "low, normal or high"),
            FilterField("name", .text, "the tool, model, fact or child"),
            FilterField("status", .text, "how it came out"),
            FilterField("ok", .text, "true or false"),
            FilterField("took", .duration, "how long the effect took"),
            FilterField("tokens", .count, "what was charged"),
            FilterField("cost", .money, "what was charged"),
            FilterField("attempt", .count, "which try"),
            FilterField("parent", .text, "the run that delegated"),
            FilterField("text", .text, "the body as JSON"),
            FilterField("words", .text, "the texts referred to"),
            FilterField("trace", .text, "the trace's id"),
            FilterField("tenant", .text, "the tenant"),
            FilterField("subject", .text, "the person"),
        ],
        structure: "body"
    )

    package func hasText(_ field: FilterField?, where test: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        guard let field else {
            return transition.run.rawValue.passes(test) || transition.kind.name.passes(test)
                || (transition.node?.passes(test) ?? false) || transition.agent.passes(test)
                || hasBody(test) || hasWords(test)
        }
        if !field.path.isEmpty { return member(field.path)?.plainText.passes(test) ?? false }
        switch field.name {
        case "run": return transition.run.rawValue.passes(test)
        case "kind": return transition.kind.name.passes(test)
        case "node": return transition.node?.passes(test) ?? false
        case "role": return transition.agent.passes(test)
        case "level": return transition.importance.name.passes(test)
        case "name", "status", "ok": return transition.body[field.name]?.plainText.passes(test) ?? false
        case "parent": return transition.parent?.rawValue.passes(test) ?? false
        case "text": return hasBody(test)
        case "words": return hasWords(test)
        case "trace": return transition.trace?.passes(test) ?? false
        case "tenant": return transition.tenant.passes(test)
        case "subject": return transition.subject.passes(test)
        default: return false
        }
    }

    package func number(_ field: FilterField) -> Double? {
        if !field.path.isEmpty { return member(field.path)?.double }
        return switch field.name {
        case "seq": Double(transition.seq)
        case "attempt": transition.attempt > 0 ? Double(transition.attempt) : nil
        case "took": transition.body["us"]?.double.map { $0 / 1_000_000 }
        case "tokens": transition.body["tokens"]?.double
        case "cost": transition.body["microdollars"]?.double.map { $0 / 1_000_000 }
        default: nil
        }
    }

    private func member(_ path: String) -> JSON? { JSON.object(transition.body).at(path: path) }

    private func hasBody(_ test: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        guard !transition.body.isEmpty else { return false }
        return JSON.object(transition.body).bytes().withUnsafeBufferPointer(test)
    }

    private func hasWords(_ test: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        transition.content.contains { words($0.id)?.passes(test) ?? false }
    }
}

extension JSON {
    /// A text as it is, anything else as JSON.
    package var plainText: String { string ?? text() }
}
