import CNcurses
import Testing

@testable import SomaTerminal

@Suite("Driver")
struct DriverTests {
    private func encoder(ascii: Bool = false, depth: ColorDepth = .palette, direct: Bool = false)
        -> CellEncoder
    {
        _ = soma_locale_is_utf8()
        return CellEncoder(depth: depth, ascii: ascii, direct: direct) { Int(soma_scalar_columns($0)) }
    }

    private func encoded(_ text: String, _ encoder: CellEncoder) -> [[UInt32]] {
        var canvas = Canvas(size: Size(columns: SafeText.columns(of: text), rows: 1))
        canvas.draw(text, column: 0, row: 0)
        return encoder.encode(DamageRun(row: 0, columns: 0..<canvas.size.columns), of: canvas).map { cell in
            let all = [cell.scalars.0, cell.scalars.1, cell.scalars.2, cell.scalars.3, cell.scalars.4]
            return Array(all.prefix(Int(cell.count)))
        }
    }

    @Test(
        "clusters become cells that libc measures alike",
        arguments: [
            ("a中", [[0x61], [0x4E2D]]), ("e\u{301}", [[0x65, 0x301]]), ("👩‍👩‍👧‍👦", [[0x1F469]]),
            ("🇩🇪", [[0x44], [0x45]]),
            ("❤\u{FE0F}", [[0x2764], [0x20]]), ("👍🏽", [[0x1F44D]]), ("हि", [[0x939], [0x93F]]),
        ] as [(String, [[UInt32]])]
    )
    func clusters(text: String, cells: [[UInt32]]) { #expect(encoded(text, encoder()) == cells) }

    @Test("a poor terminal gets ASCII of the same width")
    func ascii() {
        #expect(encoded("─中█", encoder(ascii: true)) == [[0x2D], [0x3F], [0x20], [0x23]])
    }

    @Test("colours are numbers of the terminal's depth")
    func colors() {
        var canvas = Canvas(size: Size(columns: 1, rows: 1))
        canvas.draw(
            "a",
            column: 0,
            row: 0,
            style: Style(foreground: .rgb(255, 0, 0), background: .indexed(3))
        )
        let run = DamageRun(row: 0, columns: 0..<1)
        let direct = encoder(depth: .truecolor, direct: true).encode(run, of: canvas)
        #expect(direct.map(\.foreground) == [0xFF0000] && direct.map(\.background) == [3])
        #expect(encoder().encode(run, of: canvas).map(\.foreground) == [196])
        #expect(encoder(depth: .mono).encode(run, of: canvas).map(\.foreground) == [-1])
    }

    @Test("capabilities are claimed only where they are known")
    func profiles() {
        let linux = TerminalProfile(term: "linux", environment: [:])
        #expect(
            linux.enableModes(mouse: true).isEmpty && !linux.answersQueries && linux.extras == []
        )
        let kitty = TerminalProfile(
            term: "xterm-kitty",
            environment: ["COLORTERM": "truecolor", "NO_COLOR": ""]
        )
        #expect(kitty.extras == [.links, .clipboard, .notifications] && kitty.answersQueries)
        #expect(kitty.enableModes(mouse: true).contains("[?1002h"))
        #expect(!kitty.enableModes(mouse: false).contains("[?1002h"))
        #expect(kitty.descriptions(for: "xterm-kitty") == ["xterm-kitty-direct", "xterm-kitty"])
        let multiplexed = TerminalProfile(
            term: "tmux-256color",
            environment: ["TMUX": "x", "NO_COLOR": "1", "COLORTERM": "24bit"]
        )
        #expect(multiplexed.extras == [] && multiplexed.refusesColor)
        #expect(multiplexed.descriptions(for: "tmux-256color") == ["tmux-256color"])
        #expect(NcursesScreen.depth(colors: 256, direct: false, refused: true) == .mono)
        #expect(
            [0, 8, 16, 256].map { NcursesScreen.depth(colors: $0, direct: false, refused: false) } == [
                .mono, .basic, .bright, .palette,
            ]
        )
    }

    @Test(
        "base64 pads",
        arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
    )
    func base64(text: String, encoded: String) { #expect(Base64.encode(Array(text.utf8)) == encoded) }

    @Test("a recording screen keeps frames and plays events")
    func recording() async {
        let screen = RecordingScreen()
        screen.present(Canvas(size: screen.size))
        screen.type("q")
        screen.send(.resize(Size(columns: 5, rows: 5)))
        screen.bell()
        _ = screen.copy("x")
        #expect(screen.notify(title: "needs you", body: "rotate the key\nnow"))
        screen.suspend()
        screen.close()
        screen.present(Canvas(size: screen.size))
        var events: [TerminalEvent] = []
        for await event in screen.events { events.append(event) }
        #expect(events == [.key(Key("q")), .resize(Size(columns: 5, rows: 5)), .resumed])
        #expect(
            screen.frames.count == 1 && screen.last?.size == .standard
                && screen.size == Size(columns: 5, rows: 5)
        )
        #expect(screen.notifications == ["needs you: rotate the key␊now"])
        #expect(screen.bells == 1 && screen.copied == ["x"] && screen.suspensions == 1 && screen.isClosed)
    }
}
