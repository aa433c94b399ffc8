import SomaCore

/// A group of costs as a filter sees it.
struct CostSubject: FilterSubject {
    private let line: CostLine
    private let axis: CostAxis

    init(_ line: CostLine, _ axis: CostAxis) { (self.line, self.axis) = (line, axis) }

    /// The fields of groups.
    static let fields = FilterFields([
        FilterField("name", .text, "the role, model, tool, run, conversation, tenant, day or hour"),
        FilterField("runs", .count, "how many runs have a part in it"),
        FilterField("open", .count, "how many of them have not ended"),
        FilterField("tokens", .count, "used"),
        FilterField("cost", .money, "used"),
        FilterField("rate", .money, "used in the last hour"),
        FilterField("calls", .count, "calls to tools, as far as logs were read"),
    ])

    func hasText(_ field: FilterField?, where test: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        guard field == nil || field?.name == "name" else { return false }
        return axis.words(line.name).passes(test)
    }

    func number(_ field: FilterField) -> Double? {
        switch field.name {
        case "runs": Double(line.runs)
        case "open": Double(line.open)
        case "tokens": Double(line.amounts.tokens)
        case "cost": Double(line.amounts.microdollars) / 1_000_000
        case "rate": Double(line.amounts.recent.microdollars) / 1_000_000
        case "calls": Double(line.amounts.calls)
        default: nil
        }
    }
}
