import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Map of a plan graph")
struct PlanMapTests {
    @Test("it stands in the view and covers neither the current nor the selected node", arguments: 0..<200)
    func covers(seed: UInt64) {
        var random = SeededGenerator(seed + 11)
        let graph = RandomGraph(chain: seed)
        var spacing = graph.spacing
        if Bool.random(using: &random) { spacing.room = nil }
        let layout = LayeredLayout(sizes: graph.sizes, links: graph.links, spacing: spacing)
        let rect = Rect(
            column: 3,
            row: 2,
            columns: .random(in: 20...120, using: &random),
            rows: .random(in: 4...60, using: &random)
        )
        let current = Int.random(in: 0..<layout.boxes.count, using: &random)
        let selected = Int.random(in: 0..<layout.boxes.count, using: &random)
        let viewport = PlanViewport(
            rect,
            content: layout.size,
            focus: layout.boxes[selected],
            wanted: Bool.random(using: &random)
                ? nil
                : Point(
                    column: .random(in: 0...100, using: &random),
                    row: .random(in: 0...200, using: &random)
                )
        )
        let map = PlanMap(viewport, boxes: layout.boxes, current: current, kept: [current, selected])
        guard let map else { return }
        #expect(rect.intersection(map.rect) == map.rect)
        for kept in [current, selected] {
            #expect(viewport.moved(layout.boxes[kept]).intersection(map.rect).isEmpty)
        }
        #expect(layout.size.columns > rect.columns || layout.size.rows > rect.rows)
        #expect(map.rect.columns * map.rect.rows * 3 < rect.columns * rect.rows)
    }

    @Test("a picture that is in sight as a whole has none, nor has a view without room for one")
    func none() {
        let boxes = (0..<60).map { Rect(column: 0, row: 2 * $0, columns: 20, rows: 1) }
        func map(_ view: Size, _ content: Size) -> PlanMap? {
            let viewport = PlanViewport(Rect(view), content: content, focus: nil, wanted: nil)
            return PlanMap(viewport, boxes: boxes, current: 0, kept: [0])
        }
        #expect(map(Size(columns: 80, rows: 120), Size(columns: 20, rows: 119)) == nil)
        #expect(map(Size(columns: 40, rows: 20), Size(columns: 20, rows: 119)) == nil)
        #expect(map(Size(columns: 80, rows: 20), Size(columns: 20, rows: 119)) != nil)
    }
}
