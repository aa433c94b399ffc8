import SomaTesting
import Testing

@testable import SomaTerminal

@Suite("Widgets keep to their place")
struct WidgetBoundsTests {
    /// A widget drawn into a rectangle with content that wants more room than there is.
    struct Drawn: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let draw: @Sendable (inout Canvas, Rect, Theme, GlyphSet, inout SeededGenerator) -> Void

        init(
            _ name: String,
            _ draw: @escaping @Sendable (inout Canvas, Rect, Theme, GlyphSet, inout SeededGenerator) -> Void
        ) {
            testDescription = name
            self.draw = draw
        }
    }

    private static let all: [Drawn] = [
        Drawn("table") { canvas, rect, theme, glyphs, generator in
            let table = Table(
                columns: [
                    TableColumn("中文", width: 5), TableColumn("GOAL", min: 4, max: 30, weight: 2),
                    TableColumn("RIGHT", min: 0, priority: 2, alignment: .right),
                ],
                gap: .random(in: 0...2, using: &generator),
                showsHeading: .random(using: &generator),
                sort: (1, .random(using: &generator))
            )
            let state = ListState(
                selected: .random(in: 0...99, using: &generator),
                top: .random(in: 0...99, using: &generator),
                left: .random(in: 0...9, using: &generator),
                marked: [3, 50]
            )
            let text = HostileText.random(&generator)
            table.draw(on: &canvas, in: rect, state: state, count: 60, theme: theme, glyphs: glyphs) { row in
                Table.Row([StyledLine("中文字\(row)"), StyledLine(text), StyledLine(text)])
            }
        },
        Drawn("tree") { canvas, rect, theme, glyphs, generator in
            let text = HostileText.random(&generator)
            Tree().draw(
                on: &canvas,
                in: rect,
                state: ListState(selected: 3),
                count: 40,
                theme: theme,
                glyphs: glyphs
            ) {
                Tree.Node(lastFlags: [true, $0 % 2 == 0], fold: .open, line: StyledLine("\($0)" + text))
            }
        },
        Drawn("text") { canvas, rect, theme, glyphs, generator in
            let text = HostileText.random(&generator, pieces: 9)
            TextView(search: "a").draw(
                on: &canvas,
                in: rect,
                state: .init(isFollowing: .random(using: &generator)),
                count: 30,
                theme: theme,
                glyphs: glyphs
            ) { _ in StyledLine(text) }
        },
        Drawn("chart") { canvas, rect, theme, glyphs, generator in
            LineChart(
                [
                    .init((0..<90).map { Double($0 * $0 % 83) * 1e3 }, isFilled: .random(using: &generator)),
                    .init([.nan, -4, .infinity, 9]),
                ],
                labels: ["14:00", "中文", "14:20"],
                cursor: .random(in: -0.5...1.5, using: &generator)
            ).draw(on: &canvas, in: rect, theme: theme, glyphs: glyphs)
        },
        Drawn("histogram") { canvas, rect, theme, glyphs, _ in
            HeatStrip.histogram(
                [1, 0, .nan, 9, -3, 2],
                on: &canvas,
                in: rect,
                style: theme[.chart1],
                glyphs: glyphs
            )
        },
        Drawn("tabs") { canvas, rect, theme, glyphs, generator in
            Tabs(["Fleet", "中文字", HostileText.random(&generator)], selected: 1).draw(
                on: &canvas,
                in: rect,
                theme: theme,
                glyphs: glyphs
            )
        },
        Drawn("modal") { canvas, rect, theme, glyphs, generator in
            Modal(
                title: HostileText.random(&generator),
                lines: ["中文字 and words enough for two lines", "more"],
                choices: [("a", "approve"), ("r", "reject")],
                columnsMax: 30
            ).draw(on: &canvas, in: rect, theme: theme, glyphs: glyphs)
        },
        Drawn("menu") { canvas, rect, theme, glyphs, generator in
            Menu([.init(HostileText.random(&generator), detail: "enter"), .init("中文字"), .init("x")]).draw(
                on: &canvas,
                at: Point(
                    column: .random(in: -5...50, using: &generator),
                    row: .random(in: -5...20, using: &generator)
                ),
                within: rect,
                state: ListState(selected: 2),
                theme: theme,
                glyphs: glyphs
            )
        },
        Drawn("toasts") { canvas, rect, theme, glyphs, generator in
            Toasts([.init(HostileText.random(&generator), role: .good), .init("中文字 saved", role: .bad)]).draw(
                on: &canvas,
                in: rect,
                theme: theme,
                glyphs: glyphs
            )
        },
        Drawn("input") { canvas, rect, theme, _, generator in
            var input = TextInput(HostileText.random(&generator, pieces: 9))
            for _ in 0..<Int.random(in: 0...5, using: &generator) { _ = input.handle(Key(.left)) }
            input.draw(on: &canvas, in: rect, prompt: ":", completion: "中文", theme: theme)
        },
        Drawn("form") { canvas, rect, theme, glyphs, generator in
            var form = FormTests.form
            form.focus(on: .random(in: 0...3, using: &generator))
            form.draw(on: &canvas, in: rect, theme: theme, glyphs: glyphs)
        },
        Drawn("scrollbar") { canvas, rect, theme, glyphs, generator in
            let bar = Scrollbar(count: 100, visible: 7, top: .random(in: -9...200, using: &generator))
            bar.draw(on: &canvas, in: rect.part(columns: 1), theme: theme, glyphs: glyphs)
        },
    ]

    @Test("no widget draws outside of its rectangle, whatever its size and place", arguments: all)
    func bounds(drawn: Drawn) {
        var generator = SeededGenerator(77)
        let outside = Style(foreground: .indexed(9), background: .indexed(2))
        for round in 0..<200 {
            let size = Size(
                columns: .random(in: 1...60, using: &generator),
                rows: .random(in: 1...16, using: &generator)
            )
            var canvas = Canvas(size: size, style: outside)
            let rect = Rect(
                column: .random(in: -3...size.columns, using: &generator),
                row: .random(in: -3...size.rows, using: &generator),
                columns: .random(in: 0...size.columns, using: &generator),
                rows: .random(in: 0...size.rows, using: &generator)
            )
            let glyphs: GlyphSet = round % 4 == 0 ? .ascii : .unicode
            drawn.draw(&canvas, rect, .dark, glyphs, &generator)
            for row in 0..<size.rows {
                for column in 0..<size.columns where !rect.contains(Point(column: column, row: row)) {
                    let cell = canvas[Point(column: column, row: row)]
                    guard cell != Cell(text: " ", style: outside) else { continue }
                    Issue.record(
                        "\(column),\(row) of \(size) outside of \(rect) is \(String(describing: cell))"
                    )
                    return
                }
            }
            if let cursor = canvas.cursor { #expect(rect.contains(cursor)) }
        }
    }
}
