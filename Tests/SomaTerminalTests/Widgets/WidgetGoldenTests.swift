import SomaTerminal
import SomaTesting
import Testing

/// Every widget on one screen, so that one golden file shows how they sit together.
enum WidgetScreen {
    static func draw(_ size: Size, glyphs: GlyphSet = .unicode, hostile: Bool = false, rows: Int = 10_000)
        -> Canvas
    {
        let theme = Theme.dark
        var canvas = theme.canvas(size)
        let parts = Layout.rows(
            canvas.bounds,
            [
                .fixed(1, priority: 9), .fill(2, min: 4, priority: 8), .fill(1, min: 6, priority: 2),
                .fixed(1, priority: 9),
            ]
        )
        Tabs(["Fleet", "Graph", "Runs"], selected: 1).draw(
            on: &canvas,
            in: parts[0],
            theme: theme,
            glyphs: glyphs
        )
        let table = Table(
            columns: [
                TableColumn("RUN", width: 6, priority: 9), TableColumn("GOAL", min: 10, priority: 8),
                TableColumn("ACTIVITY", width: 10, priority: 1),
                TableColumn("COST", width: 7, priority: 3, alignment: .right),
            ],
            sort: (0, true)
        )
        table.draw(
            on: &canvas,
            in: parts[1],
            state: ListState(selected: 3, marked: [1]),
            count: rows,
            theme: theme,
            glyphs: glyphs
        ) { row in
            let text =
                hostile ? HostileText.samples[row % HostileText.samples.count] : "goal number \(row) in words"
            return Table.Row([
                StyledLine("\(row)"), StyledLine(text, theme[row == 2 ? .bad : .text]),
                StyledLine(Sparkline.text([1, 5, 2, 8, Double(row)], columns: 10, glyphs: glyphs)),
                StyledLine("$0.\(row)"),
            ])
        }
        let halves = Layout.columns(parts[2], [.fill(min: 20), .fill(min: 20)], gap: 1)
        LineChart(
            [.init((0..<60).map { Double($0 * $0 % 83) })],
            labels: ["14:00", "14:10"],
            cursor: 0.6
        ).draw(on: &canvas, in: halves[0], theme: theme, glyphs: glyphs)
        let lines = [
            "first line of a log that is rather long and must be wrapped", "second with a Needle in it",
            "third",
        ]
        TextView(search: "needle").draw(
            on: &canvas,
            in: halves[1],
            state: .init(isFollowing: true),
            count: rows == 0 ? 0 : 3,
            theme: theme,
            glyphs: glyphs
        ) { StyledLine(lines[$0]) }
        var line = Gauge.line(0.62, columns: 12, theme: theme, glyphs: glyphs)
        line.append(" 62 % ")
        line.append(HeatStrip.text([0, 1, 2, 3, 9, 0], columns: 6, glyphs: glyphs), theme[.dim])
        canvas.draw(line, column: 0, row: parts[3].row, maxColumns: size.columns)
        return canvas
    }
}

@Suite("Widgets on screens")
struct WidgetGoldenTests {
    @Test(
        "all widgets at several sizes",
        arguments: [
            Size.standard, Size(columns: 120, rows: 40), Size(columns: 200, rows: 60),
            Size(columns: 40, rows: 10),
        ]
    )
    func sizes(size: Size) throws {
        try expectGolden(WidgetScreen.draw(size), "Widgets/all-\(size)")
    }

    @Test("all widgets in ASCII, empty, and with hostile text")
    func variants() throws {
        let ascii = WidgetScreen.draw(.standard, glyphs: .ascii)
        #expect(ascii.text.utf8.allSatisfy { $0 < 0x7F })
        try expectGolden(ascii, "Widgets/ascii-80x24")
        try expectGolden(WidgetScreen.draw(.standard, rows: 0), "Widgets/empty-80x24")
        let hostile = WidgetScreen.draw(.standard, hostile: true)
        #expect(hostile.textRows.allSatisfy(HostileText.isClean))
        try expectGolden(hostile, "Widgets/hostile-80x24")
    }

    @Test("overlays: dialog, menu, toasts, tree and input")
    func overlays() throws {
        let theme = Theme.dark
        var canvas = theme.canvas(.standard)
        let nodes = Tree.flatten(["a"]) { id in ["a": ["b", "c"], "b": ["d"], "d": ["a"]][id] ?? [] }
        Tree().draw(
            on: &canvas,
            in: Rect(column: 0, row: 0, columns: 30, rows: 8),
            state: ListState(selected: 1),
            count: nodes.count,
            theme: theme
        ) { index in
            Tree.Node(
                lastFlags: nodes[index].lastFlags,
                fold: index == 0 ? .open : .leaf,
                line: StyledLine("node " + nodes[index].id)
            )
        }
        Modal(
            title: "Approve?",
            lines: ["This runs a command on another host and can not be undone, so think."],
            choices: [("a", "approve"), ("r", "reject")],
            columnsMax: 44
        ).draw(on: &canvas, in: canvas.bounds, theme: theme)
        Menu([.init("Open", detail: "enter"), .init("Cancel", detail: "x", isEnabled: false)]).draw(
            on: &canvas,
            at: Point(column: 70, row: 1),
            within: canvas.bounds,
            state: ListState(),
            theme: theme
        )
        Toasts([.init("saved", role: .good), .init("lost the connection", role: .bad)]).draw(
            on: &canvas,
            in: canvas.bounds.part(rows: 23),
            theme: theme
        )
        HeatStrip.histogram(
            [1, 2, 3, 4, 5, 4, 1],
            on: &canvas,
            in: Rect(column: 40, row: 1, columns: 7, rows: 3),
            style: theme[.chart1]
        )
        var input = TextInput("filter te")
        _ = input.handle(Key("x"))
        input.draw(on: &canvas, in: canvas.bounds.line(23), prompt: ":", completion: "t", theme: theme)
        try expectGolden(canvas, "Widgets/overlays-80x24")
    }

    @Test("any size draws without a crash")
    func tiny() {
        for columns in 0..<30 {
            for rows in 0..<12 { _ = WidgetScreen.draw(Size(columns: columns, rows: rows), hostile: true) }
        }
    }

    @Test("only rows in sight are asked for")
    func lazy() {
        var asked: [Int] = []
        var canvas = Canvas(size: .standard)
        let state = Table(columns: [TableColumn("A", min: 1)]).draw(
            on: &canvas,
            in: canvas.bounds,
            state: ListState(selected: 9_000),
            count: 10_000,
            theme: .dark
        ) { row in
            asked.append(row)
            return Table.Row([StyledLine("\(row)")])
        }
        #expect(asked == Array(8_978...9_000))
        #expect(state == ListState(selected: 9_000, top: 8_978))
    }
}
