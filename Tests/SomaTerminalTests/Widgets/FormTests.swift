import SomaTesting
import Testing

@testable import SomaTerminal

@Suite("Forms")
struct FormTests {
    static let form = Form([
        .init("goal", .text(TextInput("survey .")), hint: "What is to be done."),
        .init("role 中文", .choice(["researcher", "coder", "operator"], 0)),
        .init("detach", .flag(false), hint: "Come back at once."),
        .init("tokens\u{1B}[31m", .text(TextInput("a lot\u{202E}")), trouble: "\"a lot\" is no number."),
    ])

    @Test("keys move, choose, type, and say when it is done")
    func keys() {
        var form = FormTests.form
        #expect(form.handle(Key("!")) == .changed)
        #expect(form["goal"] == "survey .!")
        #expect(form.handle(Key(.tab)) == .changed)
        #expect(form.handle(Key(.left)) == .changed)
        #expect(form["role 中文"] == "operator")
        #expect(form.handle(Key(" ")) == .changed)
        #expect(form["role 中文"] == "researcher")
        #expect(form.handle(Key("x")) == .ignored)
        #expect(form.handle(Key(.enter)) == .changed)
        #expect(form.handle(Key(" ")) == .changed)
        #expect(form["detach"] == "yes")
        #expect(form.handle(Key(.down)) == .changed && form.focus == 3)
        #expect(form.handle(Key("5")) == .changed && form.fields[3].trouble == nil)
        #expect(form.handle(Key(.enter)) == .submitted)
        #expect(form.handle(Key(.tab)) == .changed && form.focus == 0)
        #expect(form.handle(Key(.tab, .shift)) == .changed && form.focus == 3)
        #expect(form.handle(Key("s", .control)) == .submitted)
        #expect(form.handle(Key(.escape)) == .cancelled)
        var empty = Form([])
        #expect(empty.handle(Key("a")) == .ignored && empty.handle(Key(.escape)) == .cancelled)
        #expect(form["nothing"] == nil)
    }

    @Test("it is drawn at several sizes", arguments: [Size.standard, Size(columns: 40, rows: 10)])
    func golden(size: Size) throws {
        var canvas = Theme.dark.canvas(size)
        let rows = Layout.rows(
            canvas.bounds,
            [.fixed(5), .fixed(5, priority: -1), .fixed(3, priority: -2)],
            gap: 1
        )
        var form = FormTests.form
        for (index, rect) in rows.enumerated() where !rect.isEmpty {
            form.focus(on: [0, 3, 1][index])
            form.draw(on: &canvas, in: rect, theme: .dark, glyphs: index == 1 ? .ascii : .unicode)
        }
        try expectGolden(canvas, "Widgets/form-\(size)")
    }
}

@Suite("Scrollbars and tables under the mouse")
struct MouseTests {
    @Test("a scrollbar goes where it is pressed, and follows a drag")
    func scrollbar() {
        let rect = Rect(column: 79, row: 2, columns: 1, rows: 20)
        let bar = Scrollbar(count: 1_000, visible: 20, top: 490)
        #expect(bar.top(at: Point(column: 78, row: 2), in: rect) == nil)
        #expect(bar.top(at: Point(column: 79, row: 2), in: rect) == 0)
        #expect(bar.top(at: Point(column: 79, row: 21), in: rect) == 980)
        #expect(bar.top(at: Point(column: 79, row: 11), in: rect) == 490)
        #expect(bar.top(at: Point(column: 20, row: 40), in: rect, isDragging: true) == 980)
        #expect(Scrollbar(count: 5, visible: 20, top: 0).top(at: Point(column: 79, row: 5), in: rect) == nil)
    }

    @Test("a table tells the heading and the bar under the mouse")
    func table() {
        let table = Table(columns: [TableColumn("A", width: 5), TableColumn("B", width: 7)], gap: 2)
        let rect = Rect(column: 10, row: 5, columns: 30, rows: 11)
        let state = ListState(selected: 0)
        let headings = [9, 10, 14, 15, 17, 23, 24].map {
            table.heading(at: Point(column: $0, row: 5), in: rect, state: state)
        }
        #expect(headings == [nil, 0, 0, nil, 1, 1, nil])
        #expect(table.heading(at: Point(column: 10, row: 6), in: rect, state: state) == nil)
        let bar = table.scrollbar(in: rect, state: state, count: 100)
        #expect(bar?.rect == Rect(column: 39, row: 6, columns: 1, rows: 10))
        #expect(bar?.bar == Scrollbar(count: 100, visible: 10, top: 0))
        #expect(table.scrollbar(in: rect, state: state, count: 10) == nil)
    }
}
