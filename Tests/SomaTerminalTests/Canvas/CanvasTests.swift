import SomaTesting
import Testing

@testable import SomaTerminal

@Suite("Canvas")
struct CanvasTests {
    @Test("text is drawn, measured and cut")
    func text() {
        var canvas = Canvas(size: Size(columns: 10, rows: 2))
        #expect(canvas.draw("中a", column: 1, row: 0) == 3)
        #expect(canvas.draw("hello world", column: 0, row: 1, maxColumns: 6) == 6)
        #expect(canvas.textRows == [" 中a", "hello…"])
    }

    @Test("half of a wide cluster never stays")
    func halves() {
        var canvas = Canvas(size: Size(columns: 4, rows: 1))
        canvas.draw("中中", column: 0, row: 0)
        canvas.draw("x", column: 1, row: 0)
        canvas.draw("y", column: 2, row: 0)
        #expect(canvas.textRows == [" xy"])
        canvas.draw("中", column: 3, row: 0)
        #expect(canvas.textRows == [" xy"])
    }

    @Test("a default background lets the one below through")
    func background() {
        var canvas = Canvas(size: Size(columns: 2, rows: 1))
        canvas.fill(canvas.bounds, style: Style(background: .indexed(4)))
        canvas.draw("a", column: 0, row: 0, style: Style(foreground: .indexed(1)))
        #expect(
            canvas[Point(column: 0, row: 0)]
                == Cell(text: "a", style: Style(foreground: .indexed(1), background: .indexed(4)))
        )
    }

    @Test("nothing is drawn outside of the clip, whatever is drawn")
    func clipping() {
        var generator = SeededGenerator(5)
        let outside = Style(foreground: .indexed(9))
        for _ in 0..<2_000 {
            let size = Size(
                columns: .random(in: 1...30, using: &generator),
                rows: .random(in: 1...10, using: &generator)
            )
            var canvas = Canvas(size: size, style: outside)
            let rect = randomRect(&generator)
            canvas.clipped(to: rect) { canvas in
                for _ in 0..<4 { scribble(&canvas, &generator) }
            }
            for row in 0..<size.rows {
                for column in 0..<size.columns where !rect.contains(Point(column: column, row: row)) {
                    #expect(canvas[Point(column: column, row: row)] == Cell(text: " ", style: outside))
                }
            }
        }
    }

    @Test("redrawing the damage alone gives the whole picture, over 10,000 random changes")
    func damage() {
        var generator = SeededGenerator(7)
        var shown = Canvas(size: Size(columns: 40, rows: 6))
        var next = shown
        for _ in 0..<10_000 {
            if Int.random(in: 0..<50, using: &generator) == 0 { next = Canvas(size: next.size) }
            scribble(&next, &generator)
            let runs = next.damage(from: shown)
            for run in runs { shown.apply(run, from: next) }
            #expect(shown.textRows == next.textRows)
            #expect(shown.styleRuns == next.styleRuns)
            #expect(next.damage(from: shown).isEmpty)
        }
    }

    @Test("damage is no larger than what changed")
    func smallDamage() {
        var old = Canvas(size: Size(columns: 20, rows: 3))
        old.draw("one two three", column: 0, row: 1)
        var new = old
        new.draw("two", column: 4, row: 1)
        #expect(new.damage(from: old).isEmpty)
        new.draw("TWO", column: 4, row: 1)
        #expect(new.damage(from: old) == [DamageRun(row: 1, columns: 4..<7)])
    }

    @Test("golden form lists text, styles, cursor and links")
    func golden() throws {
        var canvas = Canvas(size: Size(columns: 20, rows: 3))
        canvas.draw("title", column: 2, row: 0, style: Style(attributes: .reverse))
        canvas.draw(
            "red on blue",
            column: 0,
            row: 1,
            style: Style(foreground: .indexed(1), background: .rgb(0, 0, 255))
        )
        canvas.cursor = Point(column: 3, row: 2)
        canvas.draw("http://a.bc/d", column: 2, row: 2)
        canvas.link("http://a.bc/d", over: Rect(column: 2, row: 2, columns: 13, rows: 1))
        canvas.link("javascript:alert(1)", over: Rect(column: 2, row: 0, columns: 5, rows: 1))
        try expectGolden(canvas, "Canvas/styles-20x3")
    }

    @Test("cells are a link only while they show its address or a part of it, and never where it was cut")
    func links() {
        let address = "https://example.com/a"
        let line = StyledLine([.init("see ", .plain), .init(address, .plain, address: address)])
        var canvas = Canvas(size: Size(columns: 30, rows: 3))
        let place = Rect(column: 4, row: 0, columns: 21, rows: 1)
        canvas.draw(line, column: 0, row: 0)
        #expect(canvas.links == [Link(address: address, rect: place)])
        var plain = Canvas(size: canvas.size)
        plain.draw("see " + address, column: 0, row: 0)
        #expect(canvas.damage(from: plain).isEmpty && canvas != plain)
        // Something drawn over a part of it, as a menu is.
        var covered = canvas
        covered.fill(Rect(column: 20, row: 0, columns: 8, rows: 1))
        #expect(covered.links.isEmpty)
        // Cut with a mark: what is hidden is no link.
        var cut = Canvas(size: canvas.size)
        cut.draw(line, column: 0, row: 0, maxColumns: 20)
        #expect(cut.links.isEmpty && cut.text.hasPrefix("see https://example…"))
        // Cut by the clip, what is in sight still says where it leads.
        var clipped = Canvas(size: canvas.size)
        clipped.clipped(to: Rect(column: 0, row: 0, columns: 20, rows: 1)) {
            _ = $0.draw(line, column: 0, row: 0)
        }
        #expect(clipped.links.map(\.rect.columns) == [16])
        // Other words are no link to an address.
        canvas.draw("bank.com", column: 0, row: 1)
        canvas.link("https://evil.com/", over: Rect(column: 0, row: 1, columns: 8, rows: 1))
        #expect(canvas.links.count == 1)
    }

    @Test("ANSI output holds only colours and attributes, and none without colour")
    func ansi() {
        var canvas = Canvas(size: Size(columns: 8, rows: 2))
        canvas.draw(
            "a\u{1B}[2Jb",
            column: 0,
            row: 0,
            style: Style(foreground: .rgb(255, 0, 0), attributes: .bold)
        )
        #expect(canvas.ansi(depth: .truecolor) == "\u{1B}[0;1;38;2;255;0;0ma␛[2Jb\u{1B}[0m\n\n")
        #expect(canvas.ansi(depth: .mono) == "\u{1B}[0;1ma␛[2Jb\u{1B}[0m\n\n")
        #expect(
            canvas.ansi(depth: .palette).contains("38;5;196") || canvas.ansi(depth: .palette).contains("91")
        )
    }

    @Test("the picture is escaped and complete")
    func svg() {
        var canvas = Canvas(size: Size(columns: 12, rows: 1))
        canvas.draw(
            "<a> & 中",
            column: 0,
            row: 0,
            style: Style(background: .indexed(1), attributes: [.bold, .underline])
        )
        let svg = canvas.svg()
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        #expect(
            svg.contains("&lt;a&gt;") && svg.contains("&amp;") && svg.contains("中") && svg.contains("#cd0000")
        )
    }

    @Test("boxes and edges meet")
    func boxes() throws {
        for glyphs in GlyphSet.allCases {
            var canvas = Canvas(size: Size(columns: 60, rows: 12))
            let kinds = BoxStyle.allCases
            var rects: [Rect] = []
            for (index, kind) in kinds.enumerated() {
                let rect = Rect(column: 1 + index * 12, row: index % 2 == 0 ? 1 : 7, columns: 8, rows: 3)
                canvas.box(rect, kind, glyphs: glyphs)
                canvas.boxLabel("n", in: rect)
                rects.append(rect)
            }
            for (from, to) in zip(rects, rects.dropFirst()) {
                canvas.draw(Edge.between(from, to), glyphs: glyphs)
            }
            canvas.draw(Edge.down(rects[0], rects[1], kind: .dashed), glyphs: glyphs)
            try expectGolden(canvas, "Canvas/boxes-\(glyphs)-60x12")
            if glyphs == .ascii { #expect(canvas.text.utf8.allSatisfy { $0 < 0x7F }) }
        }
    }

    private func randomRect(_ generator: inout SeededGenerator) -> Rect {
        Rect(
            column: .random(in: -3...30, using: &generator),
            row: .random(in: -2...10, using: &generator),
            columns: .random(in: 0...20, using: &generator),
            rows: .random(in: 0...8, using: &generator)
        )
    }

    private func scribble(_ canvas: inout Canvas, _ generator: inout SeededGenerator) {
        let column = Int.random(in: -5...canvas.size.columns, using: &generator)
        let row = Int.random(in: -1...canvas.size.rows, using: &generator)
        let style = Style(foreground: .indexed(.random(in: 0...7, using: &generator)))
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: canvas.box(randomRect(&generator), style: style)
        case 1: canvas.fill(randomRect(&generator), with: "·", style: style)
        case 2:
            canvas.draw(
                Edge(points: [Point(column: column, row: row), Point(column: 4, row: 3)]),
                style: style
            )
        case 3:
            canvas.draw(HostileText.random(&generator), column: column, row: row, style: style, maxColumns: 9)
        case 4: canvas.restyle(randomRect(&generator)) { $0.adding(.bold) }
        default: canvas.draw(HostileText.random(&generator), column: column, row: row, style: style)
        }
    }

    @Test("a line that is cut before a wide character is cut once")
    func cutOnce() {
        var canvas = Canvas(size: Size(columns: 6, rows: 1))
        canvas.draw(StyledLine([.init("東京都"), .init("府"), .init(" x")]), column: 0, row: 0, maxColumns: 6)
        #expect(canvas.textRows == ["東京…"])
    }
}
