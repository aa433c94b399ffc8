/// What a terminal can do beyond its terminfo entry, judged from its name and environment.
///
/// A capability is claimed only where the terminal is known to have it; an unknown terminal gets none.
struct TerminalProfile: Sendable, Hashable {
    /// Terminals that ignore private modes they don't know, so that setting them is harmless.
    var takesModes: Bool
    /// Terminals that answer or ignore `CSI ? 2026 $ p`; elsewhere the question could be shown as text.
    var answersQueries: Bool
    /// What of OSC 8, 9 and 52 it has.
    var extras: TerminalExtras
    /// Whether its font has the glyphs of states and sparklines; that of the Linux console holds 512 glyphs.
    var drawsSymbols: Bool
    /// Whether the environment says that the terminal shows 24-bit colours.
    var claimsTruecolor: Bool
    /// Whether the person wants no colours.
    var refusesColor: Bool

    private static let modern = [
        "alacritty", "contour", "foot", "ghostty", "iterm", "iterm2", "kitty", "konsole", "mintty", "rio",
        "vte",
        "wezterm", "xterm", "tmux",
    ]

    init(term: String, environment: [String: String]) {
        let family = term.split { $0 == "-" || $0 == "." }.map(String.init)
        let isModern = family.first != "screen" && family.contains { TerminalProfile.modern.contains($0) }
        takesModes = isModern || ["screen", "rxvt", "st"].contains(family.first ?? "")
        answersQueries = isModern
        extras = TerminalExtras(family: family, environment: environment)
        drawsSymbols = !["linux", "cons25"].contains(family.first ?? "")
        claimsTruecolor = ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "")
        refusesColor = !(environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Bracketed paste, focus, and where it is wanted the mouse with drags in SGR form.
    func enableModes(mouse: Bool) -> String {
        guard takesModes else { return "" }
        return "\u{1B}[?2004h\u{1B}[?1004h" + (mouse ? "\u{1B}[?1002h\u{1B}[?1006h" : "")
    }

    /// The reverse, and the end of a synchronized update that was cut short.
    var disableModes: String {
        takesModes ? "\u{1B}[?2026l\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1004l\u{1B}[?2004l" : ""
    }

    /// Names of terminal descriptions to try, best first.
    func descriptions(for term: String) -> [String] {
        guard claimsTruecolor, !refusesColor, !term.hasSuffix("-direct") else { return [term] }
        let base = term.hasSuffix("-256color") ? String(term.dropLast(9)) : term
        return [base + "-direct", term]
    }
}
