import SomaTesting
import Testing

@testable import SomaTerminal

@Suite("Layout")
struct LayoutTests {
    @Test(
        "lengths follow the constraints",
        arguments: [
            ([.fixed(1), .fill(), .fixed(1)], 24, [1, 22, 1]),
            ([.percentage(25), .fill()], 80, [20, 60]),
            ([.fill(1), .fill(2)], 9, [3, 6]),
            ([.fill(1, max: 2), .fill(1)], 9, [2, 7]),
            ([.fill(1, min: 6), .fill(1)], 9, [6, 3]),
            ([.min(5), .max(3)], 10, [7, 3]),
            ([.fixed(10, priority: 1), .fixed(10)], 12, [10, 0]),
            ([.fixed(10), .fixed(10, priority: 1), .fixed(2)], 12, [0, 10, 0]),
            ([.fixed(10)], 4, [4]), ([.fill(), .fill()], 0, [0, 0]), ([], 5, []),
            ([.percentage(80), .percentage(80, priority: 1)], 10, [2, 8]),
        ] as [([Constraint], Int, [Int])]
    )
    func lengths(constraints: [Constraint], total: Int, expected: [Int]) {
        #expect(Layout.lengths(constraints, in: total) == expected)
    }

    @Test("parts never overlap nor leave the rectangle")
    func property() {
        var generator = SeededGenerator(3)
        for _ in 0..<5_000 {
            let constraints = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                let least = Int.random(in: 0...12, using: &generator)
                let priority = Int.random(in: 0...3, using: &generator)
                return switch Int.random(in: 0..<3, using: &generator) {
                case 0: Constraint.fixed(least, priority: priority)
                case 1:
                    Constraint.percentage(
                        .random(in: 0...120, using: &generator),
                        min: least,
                        priority: priority
                    )
                default:
                    Constraint.fill(
                        .random(in: 0...3, using: &generator),
                        min: least,
                        max: least + 9,
                        priority: priority
                    )
                }
            }
            let rect = Rect(column: 3, row: 2, columns: .random(in: 0...60, using: &generator), rows: 5)
            let gap = Int.random(in: 0...2, using: &generator)
            var end = rect.column
            for part in Layout.columns(rect, constraints, gap: gap) where !part.isEmpty {
                #expect(part.column >= end && part.endColumn <= rect.endColumn)
                end = part.endColumn
            }
        }
    }
}
