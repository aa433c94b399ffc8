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
}
