#if canImport(CTerminalEmulator)
import Glibc
import SomaTesting
import Testing

@testable import SomaTerminal

extension NcursesScreenTests {
    /// A terminal that random canvases are shown on.
    struct Kind: CustomTestStringConvertible, Sendable {
        var term: String
        var environment: [String: String] = [:]
        /// The attributes that both its description and the emulator know beside colours.
        var attributes: Attributes
        var colors: Int

        var testDescription: String { term }
    }

    private static let kinds = [
        Kind(term: "xterm-256color", attributes: [.bold, .italic, .underline, .reverse], colors: 256),
        Kind(term: "screen", attributes: [.bold, .underline, .reverse], colors: 8),
        Kind(term: "linux", attributes: [.bold, .reverse], colors: 8),
        Kind(term: "tmux-256color", attributes: [.bold, .italic, .underline, .reverse], colors: 256),
        Kind(
            term: "xterm-256color",
            environment: ["COLORTERM": "truecolor"],
            attributes: [.bold, .italic, .underline, .reverse],
            colors: 1 << 24
        ),
        Kind(
            term: "xterm-256color",
            environment: ["TERM_PROGRAM": "WezTerm"],
            attributes: [.bold, .italic, .underline, .reverse],
            colors: 256
        ),
        Kind(
            term: "xterm-256color",
            environment: ["NO_COLOR": "1"],
            attributes: [.bold, .italic, .underline, .reverse],
            colors: 0
        ),
    ]

    @Test(
        "what an emulator shows of random canvases is the canvas, cell by cell, after each frame",
        arguments: kinds
    )
    func emulated(kind: Kind) async throws {
        try #require(Emulator.isAvailable, "libvterm isn't installed: infra/setup.sh tests")
        var generator = SeededGenerator(23)
        var size = Size(columns: 61, rows: 17)
        let terminal = try #require(PseudoTerminal(size: size))
        let emulator = try #require(Emulator(size: size))
        let environment = ["TERM": kind.term, "LANG": "C.UTF-8"].merging(kind.environment) { $1 }
        let screen = try await opened(environment, terminal)
        let painter = RandomPainter(kind: kind, ascii: screen.glyphs == .ascii)
        var canvas = Canvas(size: size)
        for frame in 0..<200 {
            if frame % 50 == 49 {
                size = Size(
                    columns: .random(in: 1...90, using: &generator),
                    rows: .random(in: 1...30, using: &generator)
                )
                terminal.resize(size)
                emulator.resize(size)
                kill(getpid(), SIGWINCH)
                for await event in screen.events where event == .resize(size) { break }
                canvas = Canvas(size: size)
            }
            for _ in 0..<Int.random(in: 1...6, using: &generator) { painter.paint(&canvas, &generator) }
            screen.present(canvas)
            let bytes = terminal.exchange(with: emulator, screen)
            let differences = painter.differences(emulator, canvas, screen.depth)
            guard differences.isEmpty else {
                let written = String(decoding: bytes, as: UTF8.self).debugDescription
                let first = differences.prefix(5).joined(separator: "; ")
                Issue.record("Frame \(frame) of \(size): \(first). Written: \(written)")
                break
            }
        }
        screen.close()
    }

    @Test(
        "a wide character in or beside the last cell of the screen is where it belongs",
        arguments: kinds.filter { $0.term != "linux" }
    )
    func corner(kind: Kind) async throws {
        try #require(Emulator.isAvailable, "libvterm isn't installed: infra/setup.sh tests")
        let size = Size(columns: 12, rows: 3)
        let terminal = try #require(PseudoTerminal(size: size))
        let emulator = try #require(Emulator(size: size))
        let environment = ["TERM": kind.term, "LANG": "C.UTF-8"].merging(kind.environment) { $1 }
        let screen = try await opened(environment, terminal)
        let painter = RandomPainter(kind: kind, ascii: false)
        let edges = [
            "        中文a", "        中文b", "         ab文", "        a文字", "            ", "          文",
        ]
        let style = Style(foreground: .indexed(1), background: .indexed(4), attributes: [.bold])
        for (place, edge) in edges.enumerated() {
            var canvas = Canvas(size: size)
            canvas.draw(edge, column: 0, row: 2, style: place % 2 == 0 ? style : .plain)
            screen.present(canvas)
            _ = terminal.exchange(with: emulator, screen)
            #expect(painter.differences(emulator, canvas, screen.depth) == [], "\(edge)")
            // A change elsewhere, and rows that become empty, leave the corner alone.
            canvas.draw("x\(place)", column: 0, row: 0)
            screen.present(canvas)
            _ = terminal.exchange(with: emulator, screen)
            #expect(painter.differences(emulator, canvas, screen.depth) == [], "\(edge) once more")
        }
        screen.close()
    }

    @Test("a storm of sizes from 1 by 1 to 500 by 200 ends with the right picture")
    func storm() async throws {
        try #require(Emulator.isAvailable, "libvterm isn't installed: infra/setup.sh tests")
        var generator = SeededGenerator(9)
        let kind = NcursesScreenTests.kinds[0]
        let painter = RandomPainter(kind: kind, ascii: false)
        let terminal = try #require(PseudoTerminal(size: .standard))
        let emulator = try #require(Emulator(size: .standard))
        let screen = try await opened(["TERM": kind.term, "LANG": "C.UTF-8"], terminal)
        // Of its scrolling region, set at the start, the emulator keeps what is left at its smallest; terminals don't.
        _ = terminal.exchange(with: emulator, screen)
        for round in 0..<150 {
            let size = Size(
                columns: round % 50 == 0 ? 1 : .random(in: 1...500, using: &generator),
                rows: round % 50 == 0 ? 1 : .random(in: 1...200, using: &generator)
            )
            terminal.resize(size)
            emulator.resize(size)
            kill(getpid(), SIGWINCH)
            if round % 3 == 0 {
                var canvas = Canvas(size: screen.size)
                for _ in 0..<4 { painter.paint(&canvas, &generator) }
                screen.present(canvas)
                _ = terminal.exchange(with: emulator, screen)
            }
        }
        terminal.resize(.standard)
        emulator.resize(.standard)
        kill(getpid(), SIGWINCH)
        for await event in screen.events where event == .resize(.standard) { break }
        var canvas = Canvas(size: .standard)
        for _ in 0..<20 { painter.paint(&canvas, &generator) }
        screen.present(canvas)
        let bytes = terminal.exchange(with: emulator, screen)
        let written = String(decoding: bytes, as: UTF8.self).debugDescription
        #expect(painter.differences(emulator, canvas, screen.depth) == [], "\(canvas.golden) \(written)")
        screen.close()
    }
}

/// Paints what all terminals show alike, in few enough colours for those with 64 pairs.
struct RandomPainter {
    let kind: NcursesScreenTests.Kind
    let ascii: Bool

    func paint(_ canvas: inout Canvas, _ generator: inout SeededGenerator) {
        let column = Int.random(in: -3...canvas.size.columns, using: &generator)
        let row = Int.random(in: 0..<max(1, canvas.size.rows), using: &generator)
        let rect = Rect(
            column: column,
            row: row,
            columns: .random(in: 1...40, using: &generator),
            rows: .random(in: 1...5, using: &generator)
        )
        let style = style(&generator)
        let texts =
            ascii
            ? ["plain text", "x", "a  b    c", "          "]
            : ["plain text", "中文字", "─│┼█⣿", "e\u{301}x ö", "ｈａｌｆ", "a  b    c", "          ", "▁▂▅▇"]
        switch Int.random(in: 0..<9, using: &generator) {
        case 8:
            let address = "https://a.bc/\(generator.next() % 1_000)"
            canvas.draw(
                StyledLine([.init("at ", style), .init(address, style, address: address)]),
                column: column,
                row: row
            )
        case 0: canvas.fill(rect, style: style)
        case 1: canvas.fill(rect, with: ascii ? "-" : "─", style: style)
        case 2: canvas.box(rect, style: style, glyphs: ascii ? .ascii : .unicode)
        case 3: canvas.restyle(rect) { $0.on(style.background) }
        case 4: canvas = Canvas(size: canvas.size)
        default:
            let text = texts.randomElement(using: &generator) ?? ""
            let hasMark = text.unicodeScalars.count > text.count
            // The emulator puts a mark on the last column into the next row.
            canvas.draw(
                hasMark && column + text.count >= canvas.size.columns ? "plain" : text,
                column: column,
                row: row,
                style: style
            )
        }
    }

    private func style(_ generator: inout SeededGenerator) -> Style {
        let colors: [Color] = [
            .default, .default, .indexed(1), .indexed(4), .rgb(0x6C, 0xB6, 0xFF), .rgb(0x2A, 0x3A, 0x52),
        ]
        let all: [Attributes] = [[], [], [], .bold, .italic, .underline, .reverse]
        return Style(
            foreground: colors.randomElement(using: &generator) ?? .default,
            background: colors.randomElement(using: &generator) ?? .default,
            attributes: (all.randomElement(using: &generator) ?? []).intersection(kind.attributes)
        )
    }

    /// Where the emulator shows something else than the canvas.
    func differences(_ emulator: Emulator, _ canvas: Canvas, _ depth: ColorDepth) -> [String] {
        var result: [String] = []
        for row in 0..<canvas.size.rows {
            for column in 0..<canvas.size.columns {
                guard let cell = canvas[Point(column: column, row: row)], !cell.text.isEmpty else { continue }
                let style = cell.style.converted(to: depth)
                let shown = emulator[row, column]
                // On a blank neither its weight nor, without a line or an exchange, its colour is seen.
                let isBlank = cell.text == " "
                let seen = isBlank ? kind.attributes.intersection([.underline, .reverse]) : kind.attributes
                let hidesForeground = isBlank && style.attributes.isDisjoint(with: [.underline, .reverse])
                let isSame =
                    shown.text == cell.text
                    && shown.attributes.intersection(seen) == style.attributes.intersection(seen)
                    && shown.background == number(style.background, depth)
                    && (hidesForeground || shown.foreground == number(style.foreground, depth))
                if !isSame { result.append("\(column),\(row) shows \(shown), not \(cell.text) \(style)") }
            }
        }
        return result
    }

    private func number(_ color: Color, _ depth: ColorDepth) -> Int {
        if color.isDefault { return -1 }
        if let index = color.index { return Int(index) }
        guard let parts = color.components else { return -1 }
        return 0x100_0000 | Int(parts.red) << 16 | Int(parts.green) << 8 | Int(parts.blue)
    }
}
#endif
