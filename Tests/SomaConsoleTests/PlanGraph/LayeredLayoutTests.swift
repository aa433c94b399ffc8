import SomaTerminal
import Testing

@testable import SomaConsole

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
        let route = layout.routes[1]
        #expect(
            route.points == [
                Point(column: 5, row: 5), Point(column: 7, row: 5), Point(column: 7, row: 1),
                Point(column: 5, row: 1),
            ]
        )
        #expect(route.isBack && route.leaves == .right && route.enters == .right)
        #expect(layout.size == Size(columns: 8, rows: 7))
    }

    @Test("edges back to one box from several share a lane")
    func sharedLane() {
        let sizes = Array(repeating: Size(columns: 5, rows: 3), count: 3)
        let links: [LayeredLayout.Link] = [.init(0, 1), .init(1, 2), .init(1, 0), .init(2, 0)]
        let layout = LayeredLayout(sizes: sizes, links: links)
        #expect(layout.routes[2].points.last == layout.routes[3].points.last)
        #expect(layout.routes[2].points[1].column == layout.routes[3].points[1].column)
    }

    @Test("a box stands in the middle above those that it forks to")
    func fork() {
        let sizes = Array(repeating: Size(columns: 7, rows: 3), count: 4)
        let links: [LayeredLayout.Link] = [.init(0, 1), .init(0, 2), .init(1, 3), .init(2, 3)]
        let layout = LayeredLayout(sizes: sizes, links: links)
        #expect(layout.boxes.map(\.column) == [5, 0, 10, 5])
    }

    @Test("the usual way on is straight where others have to bend")
    func mainWay() {
        let sizes = Array(repeating: Size(columns: 7, rows: 3), count: 5)
        let links: [LayeredLayout.Link] = [
            .init(0, 1, isMain: true), .init(0, 2), .init(0, 3), .init(1, 4, isMain: true), .init(2, 4),
            .init(3, 4),
        ]
        let layout = LayeredLayout(sizes: sizes, links: links)
        #expect(Set([0, 1, 4].map { layout.boxes[$0].column }).count == 1)
    }

    @Test("unconnected parts stand side by side, and below each other once a row is full")
    func parts() {
        let sizes = Array(repeating: Size(columns: 10, rows: 1), count: 5)
        let spacing = LayeredLayout.Spacing(rows: 1, columns: 2, shelfColumns: 24)
        let layout = LayeredLayout(sizes: sizes, links: [], spacing: spacing)
        #expect(layout.boxes.map(\.column) == [0, 12, 0, 12, 0])
        #expect(layout.boxes.map(\.row) == [0, 0, 2, 2, 4])
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

    @Test(
        "in any graph boxes are apart, edges go around boxes and only cross, labels cover nothing",
        arguments: 0..<20
    )
    func randomGraphs(batch: UInt64) {
        for seed in (batch * 100)..<(batch * 100 + 100) {
            let problems = RandomGraph(seed: seed).problems()
            #expect(problems == [], "seed \(seed)")
        }
    }

    @Test("a chain too long for its room goes on at the top of the next column")
    func wrapped() {
        let sizes = Array(repeating: Size(columns: 5, rows: 1), count: 6)
        let links = (0..<5).map { LayeredLayout.Link($0, $0 + 1) }
        let spacing = LayeredLayout.Spacing(room: Size(columns: 40, rows: 8))
        let layout = LayeredLayout(sizes: sizes, links: links, spacing: spacing)
        #expect(layout.boxes.map(\.column) == [0, 0, 0, 10, 10, 10])
        #expect(layout.boxes.map(\.row) == [2, 4, 6, 2, 4, 6])
        let route = layout.routes[2]
        #expect(
            route.points == [
                Point(column: 2, row: 7), Point(column: 7, row: 7), Point(column: 7, row: 0),
                Point(column: 12, row: 0), Point(column: 12, row: 1),
            ]
        )
        #expect(route.signs == [.init(place: Point(column: 7, row: 3), isUp: true)])
        #expect(layout.size == Size(columns: 15, rows: 8))
        let narrow = LayeredLayout.Spacing(room: Size(columns: 9, rows: 8))
        #expect(LayeredLayout(sizes: sizes, links: links, spacing: narrow).size.rows == 11)
    }

    @Test("chains in columns hold what any graph does, and are no wider than their room", arguments: 0..<20)
    func randomChains(batch: UInt64) {
        var columns = 0
        for seed in (batch * 10)..<(batch * 10 + 10) {
            let graph = RandomGraph(chain: seed)
            #expect(graph.problems() == [], "seed \(seed)")
            let layout = LayeredLayout(sizes: graph.sizes, links: graph.links, spacing: graph.spacing)
            var tall = graph.spacing
            tall.room = nil
            let straight = LayeredLayout(sizes: graph.sizes, links: graph.links, spacing: tall)
            let isWrapped = layout.routes.contains { !$0.signs.isEmpty }
            columns += isWrapped ? 1 : 0
            guard isWrapped, let room = graph.spacing.room else { continue }
            #expect(layout.size.rows < straight.size.rows, "seed \(seed)")
            // Labels may stand out to the right of the last column.
            #expect(layout.boxes.allSatisfy { $0.endColumn <= room.columns }, "seed \(seed)")
            for route in layout.routes {
                for sign in route.signs { #expect(route.points.path.contains(sign.place), "seed \(seed)") }
            }
        }
        #expect(columns > 0)
    }

    @Test("large graphs hold what small ones do", arguments: [201, 202, 203] as [UInt64])
    func largeGraphs(seed: UInt64) {
        #expect(RandomGraph(seed: seed, boxes: 120, links: 180).problems() == [])
    }

    @Test("where every box is joined to every box of the next layer, edges still only cross")
    func dense() {
        var links: [LayeredLayout.Link] = []
        for layer in 0..<3 {
            for upper in 0..<5 {
                for lower in 0..<5 { links.append(.init(5 * layer + upper, 5 * layer + 5 + lower)) }
            }
        }
        let graph = RandomGraph(
            sizes: Array(repeating: Size(columns: 8, rows: 3), count: 20),
            links: links,
            spacing: .init()
        )
        #expect(graph.problems() == [])
    }
}
