import SomaCore
import SomaTerminal

extension AppState {
    /// Most lines that are remembered.
    static var commandHistoryMax: Int { 200 }
    /// Most characters of a line that is remembered.
    static var commandLineMax: Int { 1_000 }

    /// Carries out a line typed after `:`.
    mutating func run(command line: String) -> [AppEffect] {
        guard !line.trimmed.isEmpty else { return [] }
        if commandHistory.last != line, line.count <= Self.commandLineMax {
            commandHistory.append(line)
            if commandHistory.count > Self.commandHistoryMax { commandHistory.removeFirst() }
        }
        return perform(expanding(line.trimmed))
    }

    private mutating func perform(_ line: String) -> [AppEffect] {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard let name = words.first else { return [] }
        guard let command = CommandTable.find(name) else {
            let near = NearestName.find(name, in: CommandTable.names + config.aliases.keys.sorted())
            notice = Notice(
                "There is no command \"\(name)\"; "
                    + (near.map { "did you mean \($0)?" } ?? "tab lists them, and ? says what they do."),
                .bad
            )
            return []
        }
        return command.perform(&self, words.count > 1 ? words[1].trimmed : "")
    }

    /// The line with its alias written out; an alias may stand for another one.
    private func expanding(_ line: String) -> String {
        var line = line
        var left = config.aliases.count
        while left > 0 {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard let name = words.first, let meaning = config.aliases[name] else { break }
            line = ([meaning] + words.dropFirst()).joined(separator: " ")
            left -= 1
        }
        return line
    }

    // MARK: Views

    /// Opens a view that is about no run, as the first of its pane.
    mutating func open(list name: ViewName) -> [AppEffect] {
        guard let new = Route(name, run: nil) else { return [] }
        if name == .fleet {
            route = [.fleet]
            pane.ahead = []
        } else {
            show(new)
        }
        return []
    }

    /// Opens a view about a run, named by the beginning of its id.
    mutating func open(_ name: ViewName, of prefix: String) -> [AppEffect] {
        guard !prefix.isEmpty else {
            open(name)
            return []
        }
        guard let run = run(named: prefix) else { return [] }
        switch name {
        case .agents: show(.agents(run))
        case .effects: show(.effects(run))
        case .events: show(.events(run))
        case .plan: show(.plan(run))
        default: show(.run(run))
        }
        return []
    }

    /// Puts a second pane beside the first, or changes the view of the one that is there.
    mutating func split(with text: String) -> [AppEffect] {
        if let direction = Split.Direction(rawValue: text) {
            split.direction = direction
            if panes.count == 1 { toggleSplit() }
            return []
        }
        let name = ViewName(rawValue: text)
        guard text.isEmpty || name != nil else {
            let names = ViewName.allCases.map(\.rawValue) + Split.Direction.allCases.map(\.rawValue)
            let near = NearestName.find(text, in: names)
            notice = Notice(
                "There is no view \"\(text)\"; "
                    + (near.map { "did you mean \($0)?" } ?? "there are \(names.joined(separator: ", "))."),
                .bad
            )
            return []
        }
        if panes.count == 1 { toggleSplit() }
        guard let name, panes.count > 1 else { return [] }
        let run = selectedRun
        guard let new = Route(name, run: run) else {
            notice = Notice("Select a run first: \(name.rawValue) is about one.")
            return []
        }
        focusOtherPane()
        show(new)
        return []
    }

    /// The one run whose id begins so.
    mutating func run(named prefix: String) -> RunID? {
        let runs = fleet.runs(prefix: prefix)
        guard let run = runs.first else {
            notice = Notice("No run's id begins with \"\(prefix)\".", .bad)
            return nil
        }
        guard runs.count == 1 || run.id.rawValue == prefix else {
            notice = Notice("\(runs.count) runs' ids begin with \"\(prefix)\": type more of it.", .bad)
            return nil
        }
        return run.id
    }

    // MARK: Places

    mutating func go(to text: String) -> [AppEffect] {
        if let letter = text.first, text.count == 1, habits.marks[letter] != nil {
            goToMark(letter)
            return []
        }
        guard !text.isEmpty else {
            notice = Notice("Name a mark or a run: goto a", .bad)
            return []
        }
        if let run = run(named: text) { show(.run(run)) }
        return []
    }

    // MARK: The console itself

    mutating func choose(theme name: String) -> [AppEffect] {
        guard themes.contains(name) else {
            let near = NearestName.find(name, in: themes)
            notice = Notice(
                "There is no theme \"\(name)\"; "
                    + (near.map { "did you mean \($0)?" } ?? "there are \(themes.joined(separator: ", "))."),
                .bad
            )
            return []
        }
        theme = name
        return []
    }

    mutating func choose(context name: String) -> [AppEffect] {
        guard let current = habits.context else {
            notice = Notice("A recording has no other contexts.", .bad)
            return []
        }
        let names = config.contexts.map(\.name)
        guard !name.isEmpty else {
            notice = Notice(names.map { $0 == current.name ? "\($0) (here)" : $0 }.joined(separator: ", "))
            return []
        }
        guard let context = config.context(named: name) else {
            let near = NearestName.find(name, in: names)
            notice = Notice(
                "There is no context \"\(name)\"; "
                    + (near.map { "did you mean \($0)?" } ?? "there are \(names.joined(separator: ", "))."),
                .bad
            )
            return []
        }
        guard context != current else {
            notice = Notice("You are in \(name).")
            return []
        }
        return [.attach(context)]
    }

    mutating func write(_ path: String, replaces: Bool) -> [AppEffect] {
        guard !path.isEmpty else {
            notice = Notice("Name a file: write screen.txt", .bad)
            return []
        }
        if case .events = view { return writeEvents(path, replaces: replaces) }
        if case .topic = view { return exportTopic(to: path) }
        if case .trace = view { return exportTrace(to: path) }
        return [.write(path: path, replaces: replaces)]
    }
}

extension String {
    /// Without spaces at its ends.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
