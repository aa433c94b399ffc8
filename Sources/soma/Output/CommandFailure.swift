import SomaTerminal

/// Why a command ends without having done what it was asked, with the exit code that says so.
struct CommandFailure: Error, CustomStringConvertible {
    /// The contract's exit codes.
    enum Code: Int32 {
        case failed = 1
        case usage = 2
        case noDaemon = 3
        case waiting = 4
        case refused = 5
        case interrupted = 130
    }

    let code: Code
    let message: String
    let hint: String

    init(_ code: Code, _ message: String, hint: String = "") {
        self.code = code
        self.message = message
        self.hint = hint
    }

    var description: String { hint.isEmpty ? message : "\(message)\n  \(hint)" }

    /// What a person reads: on a terminal in lines that fit it, elsewhere in one line each.
    ///
    /// The names of files and what was typed may be anything: nothing in them reaches the terminal as a command.
    func text(_ style: OutputStyle) -> String {
        let lines = SafeText.lines("soma: \(description)")
        guard style.isTerminal else { return lines.joined(separator: "\n") }
        return lines.flatMap { line -> [String] in
            guard SafeText.columns(of: line) > style.columns else { return [line] }
            let indent = line.prefix { $0 == " " }
            let pieces = TextWrap.wrap(
                String(line.dropFirst(indent.count)),
                columns: max(20, style.columns - max(2, indent.count))
            )
            return pieces.enumerated().map { index, piece in (index == 0 ? indent : "  ") + piece }
        }.joined(separator: "\n")
    }
}
