package import SomaCore

/// Which runs a filter lets through: words that must all be found, `field:word`, and `!` in front for those that
/// must not.
///
/// The fields are `role`, `state`, `node`, `run` and `goal`. Without a field a word may be in any of them. Letter
/// case doesn't matter.
package struct FleetFilter: Sendable, Hashable {
    private struct Term: Sendable, Hashable {
        var field: String?
        var word: String
        var isNegated: Bool
    }

    private static let fields: Set<String> = ["role", "state", "node", "run", "goal"]
    private let terms: [Term]

    /// Reads a filter. Any text is one.
    package init(_ text: String) {
        terms = text.split(separator: " ").compactMap { part in
            var part = part
            let isNegated = part.first == "!"
            if isNegated { part = part.dropFirst() }
            var field: String?
            if let colon = part.firstIndex(of: ":"), Self.fields.contains(part[..<colon].lowercased()) {
                field = part[..<colon].lowercased()
                part = part[part.index(after: colon)...]
            }
            return part.isEmpty ? nil : Term(field: field, word: part.lowercased(), isNegated: isNegated)
        }
    }

    /// Whether everything passes.
    package var isEmpty: Bool { terms.isEmpty }

    /// Whether a run passes.
    /// - Parameters:
    ///   - run: The run.
    ///   - goal: The words of its goal, as far as they are at hand.
    package func matches(_ run: RunState, goal: String?) -> Bool {
        terms.allSatisfy { term in
            let found = Self.values(run, goal, term.field).contains { $0.lowercased().contains(term.word) }
            return found != term.isNegated
        }
    }

    private static func values(_ run: RunState, _ goal: String?, _ field: String?) -> [String] {
        switch field {
        case "role": [run.role]
        case "state": [RunStanding(run).word, run.status.rawValue]
        case "node": run.activations.map(\.node)
        case "run": [run.id.rawValue]
        case "goal": [goal ?? ""]
        default:
            [run.id.rawValue, run.role, goal ?? "", RunStanding(run).word] + run.activations.map(\.node)
        }
    }
}
