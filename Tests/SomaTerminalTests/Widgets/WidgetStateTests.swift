import Testing

@testable import SomaTerminal

@Suite("Widget states")
struct WidgetStateTests {
    @Test("a list's selection stays inside and in sight")
    func list() {
        var state = ListState()
        state.move(by: 5, count: 3)
        #expect(state.selected == 2)
        state.move(by: -9, count: 3)
        #expect(state.selected == 0)
        state.scroll(by: 4, count: 20, visible: 5)
        #expect(state == ListState(selected: 4, top: 4))
        state.scroll(by: 99, count: 20, visible: 5)
        #expect(state == ListState(selected: 15, top: 15))
        state.select(99, count: 20)
        #expect(state.fitted(count: 3, visible: 5) == ListState(selected: 2, top: 0))
        state.move(by: 1, count: 0)
        #expect(state.selected == nil)
    }

    @Test(
        "text is wrapped at spaces, and inside of long words",
        arguments: [
            ("one two three", 7, ["one two", "three"]), ("abcdefgh", 3, ["abc", "def", "gh"]),
            ("中文字体", 5, ["中文", "字体"]),
            ("a b", 10, ["a b"]), ("ab cdefgh", 4, ["ab", "cdef", "gh"]), ("", 4, [""]), ("x", 0, []),
        ] as [(String, Int, [String])]
    )
    func wrap(text: String, columns: Int, lines: [String]) {
        #expect(TextWrap.wrap(text, columns: columns) == lines)
        #expect(TextWrap.wrap(StyledLine(text), columns: columns).map(\.text) == lines)
    }

    @Test("an input edits as a shell does")
    func input() {
        var input = TextInput(history: ["old one"])
        for character in "fetch the log" { _ = input.handle(Key(character)) }
        _ = input.handle(Key("w", .control))
        #expect(input.text == "fetch the ")
        _ = input.handle(Key("a", .control))
        _ = input.handle(Key(.right, .control))
        _ = input.handle(Key("k", .control))
        #expect(input.text == "fetch")
        _ = input.handle(Key(.left))
        _ = input.handle(Key(.backspace))
        _ = input.handle(Key(.delete))
        #expect(input.text == "fet" && input.cursor == 3)
        #expect(input.handle(Key(.up)) == .changed && input.text == "old one")
        #expect(input.handle(Key(.down)) == .changed && input.text == "fet")
        #expect(input.handle(Key(.tab)) == .completionRequested)
        input.complete(with: "fetched")
        input.insert(" a\nb")
        #expect(input.handle(Key(.enter)) == .submitted("fetched a b"))
        #expect(input.history == ["old one", "fetched a b"])
        #expect(input.handle(Key("u", .control)) == .changed && input.text.isEmpty)
        #expect(input.handle(Key(.backspace)) == .changed && input.handle(Key(.escape)) == .cancelled)
        #expect(input.handle(Key(.function(3))) == .ignored)
    }

    @Test("a scrollbar's thumb and the way back")
    func scrollbar() {
        let bar = Scrollbar(count: 100, visible: 10, top: 90)
        #expect(bar.thumb(track: 10) == 9..<10)
        #expect(bar.top(forTrackRow: 9, track: 10) == 90 && bar.top(forTrackRow: -4, track: 10) == 0)
        #expect(Scrollbar(count: 5, visible: 10, top: 0).thumb(track: 10) == nil)
    }

    @Test(
        "bars and numbers",
        arguments: [
            (950, "950"), (1_900, "1.9k"), (41_000_000, "41M"), (0.25, "0.25"), (3, "3"), (-2_500, "-2.5k"),
            (.nan, "–"), (1e20, "–"),
        ] as [(Double, String)]
    )
    func numbers(value: Double, text: String) { #expect(LineChart.short(value) == text) }

    @Test("odd values draw nothing odd")
    func oddValues() {
        #expect(Sparkline.text([.nan, -1, .infinity, 2], columns: 5) == " ▁▁▁█")
        #expect(Sparkline.text([], columns: 2) == "  ")
        #expect(Gauge.line(.nan, columns: 5, theme: .dark).text == "▕░░░▏")
        #expect(Gauge.line(7, columns: 5, theme: .dark).text == "▕███▏")
        #expect(HeatStrip.text([], columns: 3) == "   ")
        var canvas = Canvas(size: Size(columns: 30, rows: 8))
        LineChart([.init([.nan, .infinity]), .init([])], labels: ["a"]).draw(
            on: &canvas,
            in: canvas.bounds,
            theme: .dark
        )
    }

    @Test("following a log stays at its end until scrolled back")
    func following() {
        var state = TextView.State(isFollowing: true)
        state.scroll(by: -1, count: 100, visible: 10, follows: true)
        #expect(state == TextView.State(top: 89))
        state.scroll(by: 5, count: 100, visible: 10, follows: true)
        #expect(state == TextView.State(top: 90, isFollowing: true))
    }

    @Test("search finds either case unless a capital is asked for")
    func search() {
        #expect(TextSearch("ab").ranges(in: "xABab") == [1..<3, 3..<5])
        #expect(TextSearch("Ab").ranges(in: "xABAb") == [3..<5])
        #expect(TextSearch("").ranges(in: "x").isEmpty)
    }
}
