import SomaCore

/// An effect as a filter sees it.
struct EffectSubject: FilterSubject {
    private let item: EffectItem

    init(_ item: EffectItem) { self.item = item }

    /// The fields of effects.
    static let fields = FilterFields([
        FilterField("state", .text, "doubt, running, retry, asks, intended, confirmed, failed, …"),
        FilterField("class", .text, "read, model, idempotent, once"),
        FilterField("name", .text, "the tool or model"),
        FilterField("run", .text, "the run's id"),
        FilterField("node", .text, "the node that asked for it"),
        FilterField("status", .text, "how it ended, in one word"),
        FilterField("by", .text, "who settled it"),
        FilterField("tries", .count, "how often it was started"),
    ])

    func hasText(_ field: FilterField?, where test: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        guard let field else {
            return item.name.passes(test) || item.id.run.rawValue.passes(test) || item.stage.word.passes(test)
                || item.effectClass.rawValue.passes(test) || item.node.passes(test)
                || item.status.passes(test)
        }
        switch field.name {
        case "state": return item.stage.word.passes(test)
        case "class": return item.effectClass.rawValue.passes(test)
        case "name": return item.name.passes(test)
        case "run": return item.id.run.rawValue.passes(test)
        case "node": return item.node.passes(test)
        case "status": return item.status.passes(test)
        case "by": return item.settled?.by.passes(test) ?? false
        default: return false
        }
    }

    func number(_ field: FilterField) -> Double? { field.name == "tries" ? Double(item.attempt) : nil }
}
