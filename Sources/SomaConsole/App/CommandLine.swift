import SomaCore
import SomaTerminal

extension AppState {
    /// The names of commands.
    static let commands = ["compare", "fleet", "help", "plan", "quit", "run", "theme", "time"]

    /// Carries out a line typed after `:`.
    mutating func run(command line: String) -> [AppEffect] {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard let name = words.first else { return [] }
        if commandHistory.last != line { commandHistory.append(line) }
        let argument = words.count > 1 ? words[1].trimmingSpaces : ""
        switch name {
        case "q", "quit": return end()
        case "fleet":
            route = [.fleet]
            return []
        case "compare":
            compare(argument)
            return []
        case "time":
            guard timeCursor != nil || !argument.isEmpty else { return toggleTime() }
            return go(toTime: argument)
        case "help":
            helpTop = 0
            return []
        case "run", "plan": return open(argument, isPlan: name == "plan")
        case "theme":
            guard themes.contains(argument) else {
                let near = NearestName.find(argument, in: themes)
                notice = Notice(
                    "There is no theme \"\(argument)\"; "
                        + (near.map { "did you mean \($0)?" }
                            ?? "there are \(themes.joined(separator: ", "))."),
                    .bad
                )
                return []
            }
            theme = argument
            return []
        default:
            let near = NearestName.find(name, in: Self.commands)
            notice = Notice(
                "There is no command \"\(name)\"; "
                    + (near.map { "did you mean \($0)?" }
                        ?? "there are \(Self.commands.joined(separator: ", "))."),
                .bad
            )
            return []
        }
    }

    private mutating func open(_ prefix: String, isPlan: Bool) -> [AppEffect] {
        let runs = prefix.isEmpty ? steered.map { [$0] } ?? [] : fleet.runs(prefix: prefix)
        guard let run = runs.first else {
            notice = Notice("No run's id begins with \"\(prefix)\".", .bad)
            return []
        }
        guard runs.count == 1 else {
            notice = Notice("\(runs.count) runs' ids begin with \"\(prefix)\": type more of it.", .bad)
            return []
        }
        show(isPlan ? .plan(run.id) : .run(run.id))
        return []
    }

    /// Completes the word before the cursor.
    func completion(of input: TextInput) -> String? {
        let parts = input.text.split(separator: " ", omittingEmptySubsequences: false)
        let candidates: [String] =
            switch parts.count {
            case 1: Self.commands
            case 2 where parts[0] == "theme": themes
            case 2 where parts[0] == "run" || parts[0] == "plan": fleet.runs.map(\.id.rawValue)
            default: []
            }
        let matching = candidates.filter { $0.hasPrefix(input.word) }
        guard let first = matching.first else { return nil }
        return matching.reduce(first) { $0.commonPrefix(with: $1) }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}
