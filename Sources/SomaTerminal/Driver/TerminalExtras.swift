/// What a terminal has beyond what terminal descriptions tell, judged from which program it is.
///
/// A multiplexer is the terminal: what is around it doesn't count, as it passes on only what it knows itself. tmux takes
/// links since 3.4, but keeps a program's clipboard (`set-clipboard external`) and notifications to itself; GNU screen
/// has none of it. Programs that have the clipboard only where somebody switched it on, as xterm and mintty, count as
/// having none.
struct TerminalExtras: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// OSC 8 links.
    static let links = TerminalExtras(rawValue: 1)
    /// OSC 52: a program may set the clipboard.
    static let clipboard = TerminalExtras(rawValue: 2)
    /// OSC 9 notifications.
    static let notifications = TerminalExtras(rawValue: 4)

    private static let programs: [String: TerminalExtras] = [
        "alacritty": [.links, .clipboard], "contour": [.links, .clipboard],
        "foot": [.links, .clipboard, .notifications], "ghostty": [.links, .clipboard, .notifications],
        "iterm2": [.links, .clipboard, .notifications], "kitty": [.links, .clipboard, .notifications],
        "konsole": .links, "mintty": .links, "vscode": .links, "vte": .links,
        "wezterm": [.links, .clipboard, .notifications], "windows": [.links, .clipboard],
    ]
    /// What programs call themselves in TERM_PROGRAM where that isn't the name above.
    private static let aliases = ["iterm": "iterm2", "iterm.app": "iterm2"]

    /// What the names in TERM and the variables that terminals set say.
    init(family: [String], environment: [String: String]) {
        func isSet(_ name: String) -> Bool { !(environment[name] ?? "").isEmpty }
        let program = environment["TERM_PROGRAM"] ?? ""
        let isMultiplexed =
            ["tmux", "screen"].contains(family.first ?? "")
            || ["TMUX", "STY", "ZELLIJ"].contains(where: isSet)
        if isMultiplexed {
            self.init(program: program, version: environment["TERM_PROGRAM_VERSION"] ?? "")
            if program != "tmux" { self = [] }
            return
        }
        // Each of these is left by the terminal itself, or by one that was there before it; so they add nothing to
        // each other: the name in TERM counts most, as it goes with a connection to another machine.
        if let named = family.lazy.compactMap({ Self.extras(of: $0) }).first {
            self = named
        } else if let named = Self.extras(of: program) {
            self = named
        } else if isSet("WT_SESSION") {
            self = [.links, .clipboard]
        } else if isSet("KONSOLE_VERSION") || (environment["VTE_VERSION"].flatMap { Int($0) } ?? 0) >= 5000 {
            self = .links
        } else {
            self = []
        }
    }

    /// What the terminal's own answer to the question for its name says (XTVERSION), such as `foot(1.16.2)`,
    /// `WezTerm 20240203` or `tmux 3.4`.
    init(answer: String) {
        let name = answer.prefix { $0.isLetter || $0.isNumber }
        let version = answer.dropFirst(name.count).drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
        self.init(program: String(name), version: String(version))
    }

    private init(program: String, version: String) {
        if program.lowercased() == "tmux" {
            let numbers = version.split { !$0.isNumber }.prefix(2).map { Int($0) ?? 0 }
            self = numbers.count == 2 && (numbers[0], numbers[1]) >= (3, 4) ? .links : []
        } else {
            self = Self.extras(of: program) ?? []
        }
    }

    private static func extras(of program: String) -> TerminalExtras? {
        let name = program.lowercased()
        return programs[aliases[name] ?? name]
    }

    /// The question for the terminal's name and version.
    static let question = "\u{1B}[>q"
}
