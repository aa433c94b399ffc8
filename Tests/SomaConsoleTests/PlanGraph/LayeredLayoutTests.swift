import SomaConsole
import SomaTerminal
import Testing

/// Numbers that are the same in each test run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite("Layered layout")
struct LayeredLayoutTests {
    @Test("a chain stands straight below itself")
    func chain() {
        let sizes = [Size(columns: 5, rows: 3), Size(columns: 9, rows: 3), Size(columns: 5, rows: 1)]
        let layout = LayeredLayout(sizes: sizes, links: [.init(0, 1), .init(1, 2)])
        #expect(
            layout.boxes == [
                Rect(column: 2, row: 0, columns: 5, rows: 3), Rect(column: 0, row: 4, columns: 9, rows: 3),
                Rect(column: 2, row: 8, columns: 5, rows: 1),
            ]
        )
        #expect(layout.routes[0].points == [Point(column: 4, row: 3), Point(column: 4, row: 3)])
    }

    @Test("an edge that leads back up runs beside the boxes")
    func loop() {
        let sizes = Array(repeating: Size(columns: 5, rows: 3), count: 2)
        let layout = LayeredLayout(sizes: sizes, links: [.init(0, 1), .init(1, 0)])
        #expect(layout.routes[1].isBack)
        #expect(
            layout.routes[1].points == [
                Point(column: 5, row: 5), Point(column: 6, row: 5), Point(column: 6, row: 1),
                Point(column: 5, row: 1),
            ]
        )
        #expect(layout.size == Size(columns: 7, rows: 7))
    }

    @Test("nothing at all is a picture of no size")
    func nothing() {
        let layout = LayeredLayout(sizes: [], links: [.init(0, 1)])
        #expect(layout.size == Size(columns: 0, rows: 0))
        #expect(layout.routes.map(\.points) == [[]])
    }

    @Test("links that name no box have no way")
    func danglingLinks() {
        let layout = LayeredLayout(sizes: [Size(columns: 1, rows: 1)], links: [.init(0, 7), .init(-1, 0)])
        #expect(layout.routes.map(\.points) == [[], []])
    }

    @Test("boxes never overlap and no edge crosses a box, in any graph", arguments: 0..<150)
    func randomGraphs(seed: UInt64) {
        var random = SeededGenerator(seed + 1)
        let count = Int.random(in: 1...(seed % 10 == 0 ? 60 : 12), using: &random)
        let isFlat = seed % 3 == 0
        let sizes = (0..<count).map { _ in
            Size(
                columns: .random(in: 1...24, using: &random),
                rows: isFlat ? 1 : .random(in: 1...3, using: &random)
            )
        }
        let links = (0..<Int.random(in: 0...(2 * count), using: &random)).map { _ in
            LayeredLayout.Link(
                .random(in: 0..<count, using: &random),
                .random(in: 0..<count, using: &random),
                labelColumns: .random(in: 0...6, using: &random)
            )
        }
        let gap = Int.random(in: 1...2, using: &random)
        let layout = LayeredLayout(sizes: sizes, links: links, gap: gap)
        let again = LayeredLayout(sizes: sizes, links: links, gap: gap)
        #expect(layout.boxes == again.boxes && layout.routes == again.routes)
        let whole = Rect(layout.size)
        for (index, box) in layout.boxes.enumerated() {
            #expect(box.size == sizes[index])
            #expect(box.intersection(whole) == box)
            for other in layout.boxes[(index + 1)...] { #expect(box.intersection(other).isEmpty) }
        }
        for (link, route) in zip(links, layout.routes) {
            let cells = Self.cells(route.points)
            #expect(cells.allSatisfy { whole.contains($0) }, "leaves the picture")
            #expect(!cells.contains { cell in layout.boxes.contains { $0.contains(cell) } }, "crosses a box")
            guard let first = cells.first, let last = cells.last else {
                Issue.record("an edge has no way")
                continue
            }
            #expect(Self.touches(first, layout.boxes[link.from]))
            #expect(Self.touches(last, layout.boxes[link.to]))
        }
    }

    /// The cells of a way; a corner that is neither above nor beside the one before ends it.
    private static func cells(_ points: [Point]) -> [Point] {
        guard var place = points.first else { return [] }
        var result = [place]
        for target in points.dropFirst() {
            #expect(target.column == place.column || target.row == place.row)
            while place != target {
                place.column += (target.column - place.column).signum()
                place.row += (target.row - place.row).signum()
                result.append(place)
            }
        }
        return result
    }

    private static func touches(_ point: Point, _ box: Rect) -> Bool {
        Rect(column: box.column - 1, row: box.row, columns: box.columns + 2, rows: box.rows).contains(point)
            || Rect(column: box.column, row: box.row - 1, columns: box.columns, rows: box.rows + 2).contains(
                point
            )
    }
}
