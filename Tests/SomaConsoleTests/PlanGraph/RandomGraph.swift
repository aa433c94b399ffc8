import SomaConsole
import SomaTerminal
import SomaTesting

/// A graph to be laid out, and what may not be seen in its picture.
struct RandomGraph {
    var sizes: [Size]
    var links: [LayeredLayout.Link]
    var spacing: LayeredLayout.Spacing

    init(sizes: [Size], links: [LayeredLayout.Link], spacing: LayeredLayout.Spacing) {
        self.sizes = sizes
        self.links = links
        self.spacing = spacing
    }

    /// Any graph: circles, self-loops, several edges between two boxes, unconnected parts.
    init(seed: UInt64, boxes: Int? = nil, links count: Int? = nil) {
        var random = SeededGenerator(seed + 1)
        let boxes = boxes ?? Int.random(in: 1...(seed % 10 == 0 ? 40 : 12), using: &random)
        let isFlat = seed % 3 == 0
        sizes = (0..<boxes).map { _ in
            Size(
                columns: .random(in: 1...24, using: &random),
                rows: isFlat ? 1 : .random(in: 1...5, using: &random)
            )
        }
        links = (0..<(count ?? Int.random(in: 0...(2 * boxes), using: &random))).map { _ in
            LayeredLayout.Link(
                .random(in: 0..<boxes, using: &random),
                .random(in: 0..<boxes, using: &random),
                labelColumns: .random(in: 0...9, using: &random),
                isMain: .random(using: &random)
            )
        }
        spacing = LayeredLayout.Spacing(
            rows: .random(in: 1...2, using: &random),
            columns: .random(in: 1...4, using: &random),
            hasArrowsOnBorder: .random(using: &random)
        )
    }

    /// Mostly a chain, with some ways aside and back, in a room that is too low for it.
    init(chain seed: UInt64) {
        var random = SeededGenerator(seed + 1)
        let boxes = Int.random(in: 8...60, using: &random)
        let isFlat = seed % 2 == 0
        let columns = Int.random(in: 4...24, using: &random)
        sizes = (0..<boxes).map { _ in
            Size(columns: columns, rows: isFlat ? 1 : .random(in: 1...4, using: &random))
        }
        links = (1..<boxes).map {
            LayeredLayout.Link($0 - 1, $0, labelColumns: .random(in: 0...6, using: &random), isMain: true)
        }
        for _ in 0..<Int.random(in: 0...(boxes / 4), using: &random) {
            let from = Int.random(in: 0..<boxes, using: &random)
            let to = min(max(0, from + .random(in: -6...4, using: &random)), boxes - 1)
            links.append(.init(from, to, labelColumns: .random(in: 0...9, using: &random)))
        }
        if seed % 5 == 0 { links.append(.init(boxes - 1, 0, labelColumns: 4)) }
        spacing = LayeredLayout.Spacing(
            rows: .random(in: 1...2, using: &random),
            hasArrowsOnBorder: .random(using: &random),
            room: Size(
                columns: .random(in: 60...200, using: &random),
                rows: .random(in: 12...60, using: &random)
            )
        )
    }

    /// What is wrong with the picture; empty for a sound one.
    func problems() -> [String] {
        let layout = LayeredLayout(sizes: sizes, links: links, spacing: spacing)
        let again = LayeredLayout(sizes: sizes, links: links, spacing: spacing)
        var problems: [String] = []
        if layout.boxes != again.boxes || layout.routes != again.routes {
            problems.append("another picture the second time")
        }
        return problems + boxProblems(layout) + wayProblems(layout) + labelProblems(layout)
    }

    private func boxProblems(_ layout: LayeredLayout) -> [String] {
        var problems: [String] = []
        let whole = Rect(layout.size)
        for (index, box) in layout.boxes.enumerated() {
            if box.size != sizes[index] { problems.append("box \(index) has another size") }
            if box.intersection(whole) != box { problems.append("box \(index) leaves the picture") }
            for other in layout.boxes[(index + 1)...] where !box.intersection(other).isEmpty {
                problems.append("box \(index) overlaps another")
            }
        }
        return problems
    }

    /// What an edge does in one cell: the sides that it touches, up, right, down and left as 1, 2, 4 and 8.
    private struct Stroke {
        var link: Int
        var sides: Int
    }

    private func wayProblems(_ layout: LayeredLayout) -> [String] {
        var problems: [String] = []
        let whole = Rect(layout.size)
        var strokes: [Point: [Stroke]] = [:]
        for (index, route) in layout.routes.enumerated() {
            guard let cells = Self.cells(route.points), let first = cells.first, let last = cells.last else {
                problems.append("edge \(index) is not connected")
                continue
            }
            if !cells.allSatisfy({ whole.contains($0) }) {
                problems.append("edge \(index) leaves the picture")
            }
            if cells.contains(where: { cell in layout.boxes.contains { $0.contains(cell) } }) {
                problems.append("edge \(index) crosses a box")
            }
            if !Self.touches(first, layout.boxes[links[index].from], route.leaves) {
                problems.append("edge \(index) does not leave its box")
            }
            if !Self.touches(last, layout.boxes[links[index].to], route.enters) {
                problems.append("edge \(index) does not enter its box")
            }
            for (place, cell) in cells.enumerated() {
                // Where it begins and ends it touches the box.
                var sides = place == 0 ? Self.bit(route.leaves) : 0
                if place == cells.count - 1 { sides |= Self.bit(route.enters) }
                for other in [place - 1, place + 1] where cells.indices.contains(other) {
                    sides |= Self.side(cell, cells[other])
                }
                strokes[cell, default: []].append(Stroke(link: index, sides: sides))
            }
        }
        for (cell, all) in strokes where all.count > 1 {
            for (place, first) in all.enumerated() {
                for second in all[(place + 1)...] {
                    let isOne =
                        links[first.link].from == links[second.link].from
                        || links[first.link].to == links[second.link].to
                    if isOne || (first.sides | second.sides == 15 && first.sides & second.sides == 0) {
                        continue
                    }
                    problems.append("edges \(first.link) and \(second.link) share \(cell)")
                }
            }
        }
        return problems
    }

    private func labelProblems(_ layout: LayeredLayout) -> [String] {
        var problems: [String] = []
        let whole = Rect(layout.size)
        var places: [Rect] = []
        for (index, route) in layout.routes.enumerated() {
            guard let label = route.label else { continue }
            let place = Rect(
                column: label.place.column,
                row: label.place.row,
                columns: label.columns,
                rows: 1
            )
            if label.columns > links[index].labelColumns { problems.append("label \(index) is too long") }
            if place.intersection(whole) != place { problems.append("label \(index) leaves the picture") }
            if layout.boxes.contains(where: { !$0.intersection(place).isEmpty }) {
                problems.append("label \(index) covers a box")
            }
            for (other, way) in layout.routes.enumerated() where other != index {
                if Self.cells(way.points)?.contains(where: { place.contains($0) }) == true {
                    problems.append("label \(index) covers edge \(other)")
                }
            }
            if places.contains(where: { !$0.intersection(place).isEmpty }) {
                problems.append("label \(index) covers another")
            }
            places.append(place)
        }
        return problems
    }

    /// The cells of a way; `nil` for one with a corner that is neither above nor beside the one before.
    private static func cells(_ points: [Point]) -> [Point]? {
        guard var place = points.first else { return nil }
        var result = [place]
        for target in points.dropFirst() {
            guard target.column == place.column || target.row == place.row else { return nil }
            while place != target {
                place.column += (target.column - place.column).signum()
                place.row += (target.row - place.row).signum()
                result.append(place)
            }
        }
        return result
    }

    private static func side(_ cell: Point, _ other: Point) -> Int {
        if other.row < cell.row { return 1 }
        if other.column > cell.column { return 2 }
        return other.row > cell.row ? 4 : 8
    }

    /// From a cell at a side of a box towards the box.
    private static func bit(_ side: LayeredLayout.Side) -> Int {
        switch side {
        case .bottom: 1
        case .left: 2
        case .top: 4
        case .right: 8
        }
    }

    private static func touches(_ cell: Point, _ box: Rect, _ side: LayeredLayout.Side) -> Bool {
        let isAcross = cell.column >= box.column && cell.column < box.endColumn
        let isBeside = cell.row >= box.row && cell.row < box.endRow
        return switch side {
        case .top: isAcross && cell.row == box.row - 1
        case .bottom: isAcross && cell.row == box.endRow
        case .left: isBeside && cell.column == box.column - 1
        case .right: isBeside && cell.column == box.endColumn
        }
    }
}
