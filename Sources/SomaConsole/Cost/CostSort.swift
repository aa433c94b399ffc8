import SomaCore

/// What a list of costs is ordered by.
package enum CostSort: String, Sendable, Hashable, CaseIterable {
    /// The dearest first; where nothing has a price by tokens; hours and days the newest first.
    case usual
    case name, runs, tokens, calls, cost, rate

    /// What the order is, in words.
    func title(isReversed: Bool) -> String {
        let words =
            switch self {
            case .usual: "as usual"
            case .rate: "by what was used in the last hour"
            default: "by \(rawValue)"
            }
        return words + (isReversed ? ", turned round" : "")
    }

    /// How many characters of a name decide.
    private static let charactersMax = 64

    /// What a group is ordered by. What isn't a group of the axis comes last, whichever way.
    func key(_ line: CostLine, _ axis: CostAxis, _ measure: CostMeasure) -> RunKey {
        let zone =
            switch line.name {
            case .named, .unnamed: 0
            case .other: 1
            case .unread: 2
            }
        func descending(_ number: Int) -> RunKey { RunKey(zone: zone, number: -Int64(number)) }
        let name = RunKey(zone: zone, text: String(axis.words(line.name).prefix(Self.charactersMax)))
        switch self {
        case .usual where axis.isTime: return newest(line, zone)
        case .usual: return descending(line.amounts.amount(measure))
        case .name: return name
        case .runs: return descending(line.runs)
        case .tokens: return descending(line.amounts.tokens)
        case .calls: return descending(line.amounts.calls)
        case .cost: return descending(line.amounts.microdollars)
        case .rate: return descending(line.amounts.recent.amount(measure))
        }
    }

    /// A day or an hour is a text of digits that is ordered like the time that it names.
    private func newest(_ line: CostLine, _ zone: Int) -> RunKey {
        let digits = (line.name.text ?? "").filter(\.isNumber)
        return RunKey(zone: zone, number: -(Int64(digits.prefix(18)) ?? 0))
    }
}
