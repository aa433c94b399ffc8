import Testing

@testable import SomaTerminal

@Suite("Long lines")
struct LongLineTests {
    private func drawn(_ lines: [StyledLine], _ state: TextView.State, _ size: Size, wraps: Bool = true)
        -> (text: String, bytes: Int)
    {
        var canvas = Canvas(size: size)
        var bytes = 0
        _ = TextView(wraps: wraps).draw(
            on: &canvas,
            in: canvas.bounds,
            state,
            lines.count,
            .dark,
            .unicode,
            &bytes
        ) { lines[$0] }
        return (canvas.text, bytes)
    }

    @Test(
        "of a megabyte cost what is in sight of them, at either end and scrolled sideways",
        arguments: [Size(columns: 80, rows: 24), Size(columns: 200, rows: 60)]
    )
    func megabyte(size: Size) {
        let words = (0..<130_000).map { "w\($0)" }.joined(separator: " ")
        let line = StyledLine([.init("begin "), .init(words, Style(attributes: .bold)), .init(" end")])
        #expect(line.bytes > 900_000)
        let most = size.columns * size.rows + LinePieces.bytesMax
        let top = drawn([line], .init(), size)
        #expect(top.bytes <= most)
        #expect(top.text.hasPrefix("begin w0 w1 w2 w3"))
        let end = drawn([line, line], .init(isFollowing: true), size)
        #expect(end.bytes <= most)
        #expect(end.text.contains("w129999") && end.text.contains("end"))
        let aside = drawn([line], .init(left: 500), size, wraps: false)
        #expect(aside.bytes <= (500 + size.columns) * LinePieces.columnBytesMax)
        #expect(aside.text.split(separator: "\n")[0].contains("w127 w128"))
    }

    @Test(
        "are whole when their pieces are put together",
        arguments: ["plain words ", "東京の天気", "👩‍👩‍👧‍👦", "a\u{301}", "\u{1B}[2J"]
    )
    func whole(unit: String) {
        let text = String(repeating: unit, count: 20_000 / unit.utf8.count)
        let half = text.index(text.startIndex, offsetBy: text.count / 2)
        let pieces = LinePieces(StyledLine([.init(String(text[..<half])), .init(String(text[half...]))]))
        #expect((0..<pieces.count).map { pieces[$0].text }.joined() == text)
        #expect((0..<pieces.count).allSatisfy { pieces[$0].bytes <= LinePieces.bytesMax + 4 })
    }

    @Test("may be empty, and may find no room")
    func empty() {
        var bytes = 0
        let none = LinePieces(StyledLine(""))
        #expect(
            none.count == 1 && none.rows(3, columns: 5, fromEnd: true, &bytes) == [StyledLine([])]
        )
        #expect(LinePieces(StyledLine("abc")).rows(3, columns: 0, fromEnd: false, &bytes) == [])
    }
}
