import Glibc
import SomaSettings

/// How output looks: colours, width, and whether a person is watching.
struct OutputStyle: Sendable {
    let isTerminal: Bool
    let hasColor: Bool
    let columns: Int
    /// The width that lines are cut to; `nil` where they are written whole, into files and pipes.
    let limit: Int?

    /// - Parameter noColor: Whether `--no-color` was given.
    static func current(
        noColor: Bool,
        choice: ColorChoice = .auto,
        descriptor: Int32 = STDOUT_FILENO
    ) -> OutputStyle {
        decide(
            noColor: noColor,
            choice: choice,
            isTerminal: isatty(descriptor) == 1,
            environment: Environment.all,
            windowColumns: windowColumns(descriptor)
        )
    }

    /// Follows https://no-color.org and https://bixense.com/clicolors; what is configured comes after both.
    static func decide(
        noColor: Bool,
        choice: ColorChoice = .auto,
        isTerminal: Bool,
        environment: [String: String],
        windowColumns: Int?
    ) -> OutputStyle {
        let isForced = environment["CLICOLOR_FORCE"].map { $0 != "0" && !$0.isEmpty } ?? false
        let isRefused = noColor || !(environment["NO_COLOR"] ?? "").isEmpty
        let isDumb = environment["TERM"] == "dumb"
        let wish: Bool =
            switch choice {
            case .always: true
            case .never: false
            case .auto: isTerminal && !isDumb
            }
        let given = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        let columns = max(40, min(given ?? windowColumns ?? 80, 10_000))
        return OutputStyle(
            isTerminal: isTerminal,
            hasColor: !isRefused && (isForced || wish),
            columns: columns,
            limit: isTerminal || given != nil ? columns : nil
        )
    }

    private static func windowColumns(_ descriptor: Int32) -> Int? {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return nil }
        return Int(window.ws_col)
    }

    /// A colour of the terminal's own sixteen, which fits every theme.
    enum Tint: String {
        case dim = "2"
        case bold = "1"
        case good = "32"
        case bad = "31"
        case attention = "1;33"
        case accent = "36"
    }

    func paint(_ text: String, _ tint: Tint?) -> String {
        guard hasColor, let tint, !text.isEmpty else { return text }
        return "\u{1B}[\(tint.rawValue)m\(text)\u{1B}[0m"
    }
}

/// The process's environment.
enum Environment {
    static let all = ProcessContext.environment
}
