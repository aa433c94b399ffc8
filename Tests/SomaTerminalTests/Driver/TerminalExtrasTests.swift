import Testing

@testable import SomaTerminal

@Suite("What terminals have beyond their descriptions")
struct TerminalExtrasTests {
    private static let all: TerminalExtras = [.links, .clipboard, .notifications]

    /// A terminal as its environment shows it.
    struct Kind: CustomTestStringConvertible, Sendable {
        var term: String
        var environment: [String: String] = [:]
        var extras: TerminalExtras
        var asks = true

        init(
            _ term: String,
            _ extras: TerminalExtras,
            asks: Bool = true,
            in environment: [String: String] = [:]
        ) {
            self.term = term
            self.environment = environment
            self.extras = extras
            self.asks = asks
        }

        var testDescription: String { "\(term) \(environment)" }
    }

    @Test(
        "the name and the variables of a terminal say what is claimed, and a multiplexer hides what is around it",
        arguments: [
            Kind("xterm-kitty", all), Kind("foot", all), Kind("xterm-ghostty", all), Kind("wezterm", all),
            Kind("alacritty", [.links, .clipboard]), Kind("contour", [.links, .clipboard]),
            Kind("xterm-256color", []), Kind("vt100", [], asks: false), Kind("linux", [], asks: false),
            Kind("dumb", [], asks: false), Kind("", [], asks: false), Kind("mintty", .links),
            Kind("xterm-256color", all, in: ["TERM_PROGRAM": "iTerm.app"]),
            Kind("xterm-256color", all, in: ["TERM_PROGRAM": "WezTerm"]),
            Kind("xterm-256color", .links, in: ["TERM_PROGRAM": "vscode"]),
            Kind("xterm-256color", [], in: ["TERM_PROGRAM": "Apple_Terminal"]),
            Kind("xterm-256color", .links, in: ["VTE_VERSION": "7006"]),
            Kind("xterm-256color", [], in: ["VTE_VERSION": "4600"]),
            Kind("xterm-256color", .links, in: ["KONSOLE_VERSION": "221203"]),
            Kind("xterm-256color", [.links, .clipboard], in: ["WT_SESSION": "0f"]),
            // The name in TERM goes with a connection; a variable may be left from the terminal before.
            Kind("alacritty", [.links, .clipboard], in: ["TERM_PROGRAM": "WezTerm"]),
            // Multiplexers, with what the terminal around them left behind.
            Kind("tmux-256color", [], in: ["TMUX": "/tmp/t,1,0", "VTE_VERSION": "7006"]),
            Kind("tmux-256color", []), Kind("screen", [], asks: false),
            Kind("screen-256color", [], asks: false, in: ["TMUX": "/tmp/t,1,0", "TERM_PROGRAM": "tmux"]),
            Kind(
                "tmux-256color",
                [],
                in: ["TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"]
            ),
            Kind(
                "tmux-256color",
                .links,
                in: ["TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"]
            ),
            Kind("screen.xterm-256color", [], asks: false, in: ["STY": "1.a", "TERM_PROGRAM": "iTerm.app"]),
            Kind("xterm-256color", [], in: ["STY": "1.a", "WT_SESSION": "0f"]),
            Kind("xterm-kitty", [], in: ["TMUX": "/tmp/t,1,0"]), Kind("xterm-kitty", [], in: ["ZELLIJ": "0"]),
        ]
    )
    func environments(kind: Kind) {
        let profile = TerminalProfile(term: kind.term, environment: kind.environment)
        #expect(profile.extras == kind.extras)
        #expect(profile.answersQueries == kind.asks)
    }

    @Test(
        "a terminal's own answer counts more",
        arguments: [
            ("kitty(0.36.4)", all), ("WezTerm 20240203-110809-5046fc22", all), ("foot(1.16.2)", all),
            ("ghostty 1.0.1", all), ("iTerm2 3.5.0", all), ("contour 0.4.3", [.links, .clipboard]),
            ("Konsole 23.08.1", .links), ("VTE(7600)", .links), ("XTerm(390)", []), ("tmux 3.3a", []),
            ("tmux 3.4", .links), ("tmux 3.10", .links), ("tmux next-3.5", .links), ("tmux", []), ("", []),
            ("something 9", []),
        ] as [(String, TerminalExtras)]
    )
    func answers(answer: String, extras: TerminalExtras) { #expect(TerminalExtras(answer: answer) == extras) }

    @Test("the answer is taken from what is read, whole and in pieces; what only looks like it is not")
    func decoded() {
        let answer = Array("a\u{1B}P>|kitty(0.36.4)\u{1B}\\b".utf8)
        let expected: [KeyDecoder.Output] = [
            .event(.key(Key("a"))), .name("kitty(0.36.4)"), .event(.key(Key("b"))),
        ]
        var decoder = KeyDecoder()
        #expect(decoder.feedAll(answer) == expected)
        #expect(answer.flatMap { decoder.feedAll([$0]) } == expected)
        for other in ["P1$r0m\u{1B}\\", "P>|cut\u{07}", "]>|kitty\u{1B}\\", "P>|x\u{18}"] {
            #expect(decoder.feedAll(Array("\u{1B}\(other)".utf8)) == [], "\(other.debugDescription)")
        }
    }
}
