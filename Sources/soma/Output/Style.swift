import Glibc

/// How output looks: colours, width, and whether a person is watching.
struct OutputStyle: Sendable {
    let isTerminal: Bool
    let hasColor: Bool
    let columns: Int

    /// - Parameter noColor: Whether `--no-color` was given.
    static func current(noColor: Bool, descriptor: Int32 = STDOUT_FILENO) -> OutputStyle {
        decide(
            noColor: noColor,
            isTerminal: isatty(descriptor) == 1,
            environment: Environment.all,
            windowColumns: windowColumns(descriptor)
        )
    }

    /// Follows https://no-color.org and https://bixense.com/clicolors.
    static func decide(
        noColor: Bool,
        isTerminal: Bool,
        environment: [String: String],
        windowColumns: Int?
    ) -> OutputStyle {
        let forced = environment["CLICOLOR_FORCE"].map { $0 != "0" && !$0.isEmpty } ?? false
        let refused = noColor || !(environment["NO_COLOR"] ?? "").isEmpty
        let isDumb = environment["TERM"] == "dumb"
        let columns = environment["COLUMNS"].flatMap { Int($0) } ?? windowColumns ?? 80
        return OutputStyle(
            isTerminal: isTerminal,
            hasColor: !refused && (forced || (isTerminal && !isDumb)),
            columns: max(40, columns)
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

/// The process's environment, read once.
enum Environment {
    static let all: [String: String] = {
        var all: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if parts.count == 2 { all[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return all
    }()
}
