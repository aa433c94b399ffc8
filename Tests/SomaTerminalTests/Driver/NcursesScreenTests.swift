import Glibc
import Testing

@testable import SomaTerminal

@Suite("Ncurses screen", .serialized, .timeLimit(.minutes(1)))
struct NcursesScreenTests {
    private let modern = ["TERM": "xterm-256color", "LANG": "C.UTF-8"]

    @Test("it paints, writes only what changes, nothing when idle, and restores the terminal")
    func life() async throws {
        let terminal = try #require(PseudoTerminal(size: .standard))
        let before = terminal.modes
        let screen = try await opened(modern, terminal)
        #expect(screen.size == .standard && screen.depth == .palette)
        var canvas = Canvas(size: screen.size)
        canvas.draw("hello \u{1B}[31m", column: 3, row: 2, style: Style(foreground: .rgb(255, 0, 0)))
        screen.present(canvas)
        let first = terminal.output()
        #expect(
            first.contains("\u{1B}[?1049h") && first.contains("\u{1B}[?2004h")
                && first.contains("\u{1B}[?2026$p")
        )
        #expect(!first.contains("\u{1B}[?2026h"))

        screen.present(canvas)
        #expect(terminal.output() == "")

        canvas.draw("J", column: 3, row: 2, style: Style(foreground: .rgb(255, 0, 0)))
        screen.present(canvas)
        let change = terminal.output()
        #expect(change.contains("J") && change.utf8.count < 40)

        var events = screen.events.makeAsyncIterator()
        terminal.type("\u{1B}[?2026;2$yq\u{1B}[A")
        #expect(await events.next() == .key(Key("q")))
        #expect(await events.next() == .key(Key(.up)))
        canvas.draw("K", column: 3, row: 2)
        screen.present(canvas)
        let synchronized = terminal.output()
        #expect(synchronized.hasPrefix("\u{1B}[?2026h") && synchronized.hasSuffix("\u{1B}[?2026l"))

        terminal.type("\u{1B}")
        #expect(await events.next() == .key(Key(.escape)))

        terminal.resize(Size(columns: 100, rows: 30))
        kill(getpid(), SIGWINCH)
        #expect(await events.next() == .resize(Size(columns: 100, rows: 30)))
        var larger = Canvas(size: screen.size)
        larger.draw("larger", column: 90, row: 29)
        larger.cursor = Point(column: 1, row: 1)
        screen.present(larger)
        #expect(terminal.output().contains("larger"))

        screen.bell()
        #expect(terminal.output() == "\u{7}")
        #expect(!screen.copy("x") && !screen.notify(title: "a", body: "b"))
        kill(getpid(), SIGTERM)
        #expect(await events.next() == .endRequested(signal: SIGTERM))
        screen.close()
        let last = terminal.output()
        #expect(last.contains("\u{1B}[?1049l") && last.contains("\u{1B}[?2004l"))
        #expect(terminal.modes == before)
        #expect(await events.next() == nil)
        screen.present(canvas)
        screen.suspend()
        #expect(terminal.output() == "")
    }

    @Test("moving a full-width selection at 200 by 60 costs few bytes, and changing one cell a handful")
    func selectionBytes() async throws {
        let terminal = try #require(PseudoTerminal(size: Size(columns: 200, rows: 60)))
        let screen = try await opened(modern, terminal)
        var list = ListState()
        var counts: [Int] = []
        for selected in 0..<12 {
            list.selected = selected
            screen.present(SelectionScreen.canvas(screen.size, list, screen.depth))
            counts.append(terminal.output(keepsQuestions: true).utf8.count)
        }
        #expect(counts[0] > 5_000)
        #expect(counts.dropFirst().allSatisfy { (250...600).contains($0) }, "\(counts)")
        var canvas = SelectionScreen.canvas(screen.size, list, screen.depth)
        canvas.draw("x", column: 100, row: 40)
        screen.present(canvas)
        #expect(terminal.output().utf8.count <= 16)
        screen.close()
    }

    @Test("links and the clipboard where the terminal has them, and the end of input is told once")
    func links() async throws {
        let terminal = try #require(PseudoTerminal(size: .standard))
        var environment = modern
        environment["TERM_PROGRAM"] = "WezTerm"
        let screen = try await opened(environment, terminal)
        var canvas = Canvas(size: screen.size)
        let address = "https://example.com/"
        let link = "\u{1B}]8;;\(address)\u{1B}\\\u{1B}[0m\(address)\u{1B}]8;;\u{1B}\\"
        canvas.draw(StyledLine([.init("see "), .init(address, address: address)]), column: 0, row: 0)
        screen.present(canvas)
        #expect(terminal.output().contains(link))
        // A change elsewhere writes no link again; one beside it writes it again.
        canvas.draw("x", column: 0, row: 5)
        screen.present(canvas)
        #expect(!terminal.output().contains("]8;"))
        canvas.draw("SEE", column: 0, row: 0)
        screen.present(canvas)
        #expect(terminal.output().contains(link))
        // The same cells without a link: the row is written again, and it counts as a frame, with its question.
        var plain = Canvas(size: screen.size)
        plain.draw("SEE \(address)", column: 0, row: 0)
        plain.draw("x", column: 0, row: 5)
        screen.present(plain)
        let without = terminal.output(keepsQuestions: true)
        #expect(without.contains(address) && !without.contains("]8;") && without.hasSuffix("\u{1B}[5n"))
        screen.present(canvas)
        #expect(terminal.output(keepsQuestions: true).hasSuffix(link + "\u{1B}8\u{1B}[5n"))
        #expect(screen.copy("hi"))
        #expect(terminal.output() == "\u{1B}]52;c;aGk=\u{7}")
        #expect(screen.notify(title: "4;1", body: "done\u{7}\u{1B}[31m"))
        #expect(terminal.output() == "\u{1B}]9; 4;1: done␇␛[31m\u{7}")
        screen.close()
    }

    @Test("a terminal that says its name later gets links from the next frame on, and an unknown one none")
    func linksLater() async throws {
        let terminal = try #require(PseudoTerminal(size: .standard))
        let screen = try await opened(modern, terminal)
        var canvas = Canvas(size: screen.size)
        let address = "https://example.com/"
        canvas.draw(StyledLine([.init(address, address: address)]), column: 0, row: 0)
        screen.present(canvas)
        let first = terminal.output()
        #expect(first.contains(address) && !first.contains("]8;"))
        var events = screen.events.makeAsyncIterator()
        terminal.type("\u{1B}P>|foot(1.16.2)\u{1B}\\q")
        #expect(await events.next() == .key(Key("q")))
        canvas.draw("x", column: 0, row: 5)
        screen.present(canvas)
        #expect(terminal.output().contains("\u{1B}]8;;\(address)\u{1B}\\"))
        screen.close()
    }

    @Test(
        "terminals that can't show screens are refused with a reason",
        arguments: [
            ("dumb", "The terminal \"dumb\" can't show full screens."),
            ("no-such-terminal", "The terminal \"no-such-terminal\" is unknown here."),
            ("", "TERM is not set, so the terminal's kind is unknown."),
        ]
    )
    func refused(term: String, summary: String) throws {
        let terminal = try #require(PseudoTerminal(size: .standard))
        #expect {
            try NcursesScreen(environment: ["TERM": term], input: terminal.near, output: terminal.near)
        } throws: { error in
            (error as? TerminalError)?.summary == summary
        }
        #expect(terminal.output(pause: 10) == "")
    }

    @Test("a pipe is no terminal")
    func pipe() {
        #expect(throws: TerminalError.self) { try NcursesScreen(environment: modern, input: -1, output: -1) }
    }

    /// Opens a screen; the one before may need a moment to give its signals back.
    func opened(_ environment: [String: String], _ terminal: PseudoTerminal) async throws
        -> NcursesScreen
    {
        for _ in 0..<10_000 {
            if let screen = try? NcursesScreen(
                environment: environment,
                input: terminal.near,
                output: terminal.near
            ) {
                return screen
            }
            await Task.yield()
        }
        return try NcursesScreen(environment: environment, input: terminal.near, output: terminal.near)
    }
}

/// A table as wide as the screen, with a coloured state, dim columns and a sparkline, as dashboards have it.
enum SelectionScreen {
    static func canvas(_ size: Size, _ list: ListState, _ depth: ColorDepth) -> Canvas {
        let theme = Theme.dark.adapted(to: depth)
        var canvas = theme.canvas(size)
        let table = Table(
            columns: [
                TableColumn("STATE", width: 8), TableColumn("RUN", width: 6), TableColumn("ROLE", width: 12),
                TableColumn("GOAL", min: 14, max: 72, weight: 5), TableColumn("NODE", width: 12),
                TableColumn("STEP", width: 5), TableColumn("TIME", width: 6), TableColumn("TOKENS", width: 6),
                TableColumn("COST", width: 6), TableColumn("ACTIVITY", width: 10),
            ]
        )
        table.draw(on: &canvas, in: canvas.bounds, state: list, count: 200, theme: theme) { row in
            Table.Row([
                StyledLine([.init("●", theme[.accent]), .init(" run")]),
                StyledLine("c\(row)d1e0", theme[.code]), StyledLine("researcher"),
                StyledLine("why did the p95 of service \(row) double on tuesday"), StyledLine("Observe"),
                StyledLine("3/9"), StyledLine("1m"), StyledLine("11.4k", theme[.dim]),
                StyledLine("$0.07", theme[.dim]), StyledLine("▁▁▃▆▇▇▇▆▇▇", theme[.accent]),
            ])
        }
        return canvas
    }
}
