/// How an amount of tokens or money came to be known. Amounts of different provenance are never mixed silently:
/// an estimate must not look like a bill.
package enum Provenance: Int, Sendable, Hashable, CaseIterable {
    /// Counted by Soma itself.
    case measured
    /// Told by the provider with its answer.
    case reported
    /// Worked out from the size of the texts, where the provider told nothing.
    case estimated
    /// The record doesn't say: a charge that came late, or one of an older version.
    case unstated

    /// The word in outputs.
    package var name: String {
        switch self {
        case .measured: "measured"
        case .reported: "reported"
        case .estimated: "estimated"
        case .unstated: "unstated"
        }
    }

    /// Reads the `provenance` of a record; what is missing or unknown is `unstated`.
    package init(record: String?) {
        self =
            switch record {
            case "measured": .measured
            case "provider", "reported": .reported
            case "estimated": .estimated
            default: .unstated
            }
    }
}
