import ArgumentParser

/// Makes the parser's texts fit eighty columns and our own manner.
enum HelpText {
    /// What the parser writes for the options that all commands share.
    static let shared =
        "[--json] [--no-color] [--data-dir <dir>] [--config <file>] [--set <key=value> ...] [--daemon <address>]"

    /// Shortens and wraps the usage; errors begin as all of ours do.
    ///
    /// What a command has of its own comes first.
    static func tidy(_ text: String, columns: Int) -> String {
        let text = withoutValues(text)
        let blocks = text.split(separator: "\n\n", omittingEmptySubsequences: false).map(String.init)
        let common = blocks.filter { $0.hasPrefix("COMMON OPTIONS:") }
        guard let last = blocks.last, !common.isEmpty else { return lines(text, columns: columns) }
        // The text ends with a line's end, which stays the last.
        let own = blocks.dropLast().filter { !$0.hasPrefix("COMMON OPTIONS:") }
        let end = last.hasSuffix("\n") ? "\n" : ""
        let ordered = own + [last.hasSuffix("\n") ? String(last.dropLast()) : last] + common
        return lines(ordered.joined(separator: "\n\n") + end, columns: columns)
    }

    /// The text without the parser's lists of values: each option's words name them already.
    static func withoutValues(_ text: String) -> String {
        text.replacing(/(\s+)\(values:\s[^;)]*(?:;\s+(default:\s[^)]*))?\)/) { match in
            match.2.map { "\(match.1)(\($0.split(whereSeparator: \.isWhitespace).joined(separator: " ")))" }
                ?? ""
        }
    }

    private static func lines(_ text: String, columns: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            let line = String(line)
            if line.hasPrefix("Error: ") { return ["soma: " + line.dropFirst(7)] }
            guard line.lowercased().hasPrefix("usage: ") else { return [line] }
            return wrap(line.replacing(shared, with: "[<options>]"), columns: columns, indent: 7)
        }.joined(separator: "\n")
    }

    /// Breaks a line between words and indents what follows.
    static func wrap(_ line: String, columns: Int, indent: Int) -> [String] {
        var lines: [String] = []
        var current = ""
        for word in words(line) {
            if !current.isEmpty, current.count + 1 + word.count > columns {
                lines.append(current)
                current = String(repeating: " ", count: indent) + word
            } else {
                current += (current.isEmpty ? "" : " ") + word
            }
        }
        return lines + [current]
    }

    /// The words of a line; what stands in one pair of brackets is one.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var depth = 0
        for word in line.split(separator: " ") {
            if depth > 0, let last = words.popLast() {
                words.append("\(last) \(word)")
            } else {
                words.append(String(word))
            }
            depth += word.count { $0 == "[" } - word.count { $0 == "]" }
        }
        return words
    }
}

/// `soma --json ps` means `soma ps --json`.
enum ArgumentOrder {
    private static let flags: Set<String> = ["--json", "--no-color"]
    private static let options: Set<String> = ["--data-dir", "--config", "--set", "--daemon"]

    /// Moves shared options that stand before the command behind it.
    static func commandFirst(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var moved: [String] = []
        while let first = rest.first {
            if flags.contains(first) || options.contains(where: { first.hasPrefix($0 + "=") }) {
                moved.append(rest.removeFirst())
            } else if options.contains(first), rest.count > 1 {
                moved += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        guard !moved.isEmpty, let command = rest.first, !command.hasPrefix("-") else { return arguments }
        // In front of the command's own arguments: what stands behind -- is not ours.
        let nested = rest.dropFirst().first.map { subcommands[command]?.contains($0) ?? false } ?? false
        let names = rest.prefix(nested ? 2 : 1)
        return Array(names) + moved + rest.dropFirst(names.count)
    }

    private static let subcommands: [String: Set<String>] = {
        var all: [String: Set<String>] = [:]
        for group in Soma.configuration.groupedSubcommands {
            for command in group.subcommands {
                var names: Set<String> = []
                for subcommand in command.configuration.subcommands {
                    names.insert(subcommand._commandName)
                }
                all[command._commandName] = names
            }
        }
        return all
    }()
}
