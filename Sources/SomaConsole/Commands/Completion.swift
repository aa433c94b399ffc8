import SomaCore
import SomaTerminal

extension AppState {
    /// Most words that could be meant and are looked at.
    private static var candidatesMax: Int { 64 }

    /// What the word before the cursor could be, in order.
    func candidates(for input: TextInput) -> [String] {
        let before = String(input.characters[..<input.cursor])
        let words = before.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let word = words.last ?? ""
        guard words.count > 1 else {
            return (CommandTable.all.map(\.name) + config.aliases.keys.sorted()).filter { $0.hasPrefix(word) }
        }
        let name = config.aliases[words[0]]?.split(separator: " ").first.map(String.init) ?? words[0]
        guard let command = CommandTable.find(name) else { return [] }
        let all: [String] =
            switch command.argument {
            case .none: []
            case .runs: runs(beginning: word)
            case .roles: (daemon?.roles ?? []).map { "@" + $0 }
            case .themes: themes
            case .contexts: config.contexts.map(\.name)
            case .marks:
                habits.marks.keys.sorted().map { String($0) }
                    + (command.name == "goto" && !word.isEmpty ? runs(beginning: word) : [])
            case .views: (ViewName.allCases.map(\.rawValue) + Split.Direction.allCases.map(\.rawValue))
            case .commands: CommandTable.all.map(\.name)
            case .moments: ["start", "end", "now"]
            case .dashboards: metrics.dashboards.map(\.name)
            case .axes: words.count == 2 ? ["by"] : CostAxis.allCases.map(\.rawValue)
            }
        return all.filter { $0.hasPrefix(word) }
    }

    /// The longest text that all candidates begin with; `nil` without any.
    func completion(of input: TextInput) -> String? {
        let matching = candidates(for: input)
        guard let first = matching.first else { return nil }
        return matching.reduce(first) { $0.commonPrefix(with: $1) }
    }

    /// What stands beside the line: the words that it could go on with, or what the command is for.
    func hint(for input: TextInput) -> String {
        let words = input.text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let name = words.first, !name.isEmpty else {
            return "a command: tab completes, up brings earlier ones, help lists all"
        }
        let matching = candidates(for: input)
        if words.count == 1, matching.count > 1 { return matching.joined(separator: " ") }
        if let meaning = config.aliases[name] { return "\(name): \(meaning)" }
        guard let command = CommandTable.find(name) ?? matching.first.flatMap({ CommandTable.find($0) })
        else {
            return ""
        }
        if words.count > 1, matching.count > 1 { return matching.joined(separator: " ") }
        return "\(command.usage): \(command.description)"
    }

    private func runs(beginning prefix: String) -> [String] {
        fleet.runs(prefix: prefix).prefix(Self.candidatesMax).map(\.id.rawValue)
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
