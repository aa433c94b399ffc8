import SomaTerminal
import Testing

@testable import SomaConsole

@Suite("The grid of panels")
struct PanelGridTests {
    @Test(
        "has three beside each other at 120 columns, two at 80, one where it is narrow",
        arguments: [
            (78, 19, 9, 2), (118, 35, 9, 3), (198, 55, 9, 3), (38, 7, 9, 1), (118, 35, 4, 2), (198, 55, 1, 1),
        ]
    )
    func columns(width: Int, height: Int, count: Int, expected: Int) {
        let grid = PanelGrid(count: count, in: Rect(column: 1, row: 3, columns: width, rows: height))
        #expect(grid.columns == expected)
    }

    @Test("never overlaps, never leaves the view, and shows the selected panel", arguments: 1...24)
    func inside(count: Int) {
        for width in [20, 38, 78, 118, 198, 400] {
            for height in [3, 7, 19, 35, 55, 100] {
                let rect = Rect(column: 1, row: 3, columns: width, rows: height)
                let grid = PanelGrid(count: count, in: rect)
                for selected in 0..<count {
                    let top = grid.top(0, showing: selected)
                    let panels = grid.panels(top: top)
                    #expect(panels.contains { $0.number == selected })
                    for (number, place) in panels {
                        #expect(place.intersection(rect) == place && !place.isEmpty)
                        #expect(
                            panels.allSatisfy { $0.number == number || $0.rect.intersection(place).isEmpty }
                        )
                    }
                    for (across, down) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
                        #expect(
                            (0..<count).contains(grid.neighbour(of: selected, across: across, down: down))
                        )
                    }
                }
            }
        }
    }

    @Test("gives each panel a plot, times and values beside it that don't overlap")
    func layout() {
        for rows in 3...60 {
            for names in [0, 1, 2, 8] {
                for isWhole in [false, true] {
                    let rect = Rect(column: 5, row: 2, columns: 38, rows: rows)
                    let layout = PanelLayout(rect, names: names, isWhole: isWhole)
                    let parts = [layout.title, layout.values, layout.plot, layout.times, layout.legend]
                    for (index, part) in parts.enumerated() {
                        #expect(part.intersection(rect) == part || part.isEmpty)
                        for other in parts.dropFirst(index + 1) { #expect(part.intersection(other).isEmpty) }
                    }
                }
            }
        }
    }
}
