import SomaTerminal

/// What an outcome comes to, on one line.
enum Gist {
    /// How much of an outcome is looked at, in characters, and in how many lines.
    private static let charactersMax = 2_000
    private static let linesMax = 12

    /// The first line of an outcome that says something, without the marks of a heading or a list.
    ///
    /// A report's title often is the goal itself. That stands on the same line already, so that the line after it is taken, if
    /// there is one in words.
    static func line(_ outcome: String, of goal: String?) -> String {
        let goal = goal.map { plain($0.firstLine) } ?? ""
        let lines = outcome.prefix(charactersMax).split(maxSplits: linesMax, whereSeparator: \.isNewline)
            .prefix(linesMax).map { plain(String($0).firstLine) }.filter { !$0.isEmpty }
        guard let first = lines.first else { return "" }
        guard !goal.isEmpty, isSame(first, goal) else { return first }
        let second = lines.dropFirst().first { !isSame($0, goal) && !isStructure($0) }
        return second ?? first
    }

    private static func plain(_ line: String) -> String {
        var text = line.drop { $0 == "#" || $0 == " " }
        for mark in ["- ", "* "] where text.hasPrefix(mark) { text = text.dropFirst(2) }
        return String(text)
    }

    private static func isSame(_ line: String, _ goal: String) -> Bool {
        line == goal || line.lowercased() == goal.lowercased()
    }

    /// Whether a line is a table's, a fence or a rule: nothing that is said by itself.
    private static func isStructure(_ line: String) -> Bool {
        line.hasPrefix("|") || line.hasPrefix("```") || line.hasPrefix("~~~")
            || line.allSatisfy { "-=*_ ".contains($0) }
    }
}

extension Look {
    /// What an outcome comes to, or a dim placeholder where its words aren't there yet.
    func gist(_ outcome: WordsState?, of goal: WordsState?, style: Style = .plain) -> StyledLine.Span {
        guard let text = outcome?.text else { return words(outcome, style: style) }
        return .init(Gist.line(text, of: goal?.text), style)
    }
}
