package import SomaTerminal

/// Places the boxes of any directed graph in layers from top to bottom and routes its edges around them.
///
/// Edges that lead back up run in lanes beside the boxes and enter at the side; edges that skip layers pass between
/// boxes. Boxes never overlap, no edge crosses a box, and two edges share a cell only where they cross or where
/// they leave the same box or enter the same box. The same input always gives the same picture. Cycles, self-loops,
/// unconnected parts and several roots are all fine.
package struct LayeredLayout: Sendable {
    /// An edge to be routed.
    package struct Link: Sendable, Hashable {
        /// The box it leaves, by number.
        package var from: Int
        /// The box it enters.
        package var to: Int
        /// How many columns its label needs; 0 for none.
        package var labelColumns: Int
        /// Whether it is the usual way on, which is kept straight before others are.
        package var isMain: Bool

        package init(_ from: Int, _ to: Int, labelColumns: Int = 0, isMain: Bool = false) {
            self.from = from
            self.to = to
            self.labelColumns = labelColumns
            self.isMain = isMain
        }
    }

    /// How far things stand apart.
    package struct Spacing: Sendable, Hashable {
        /// The least rows between layers, from 1.
        package var rows: Int
        /// The columns between boxes side by side, from 1.
        package var columns: Int
        /// Whether arrow heads stand on the boxes' borders and need no row of their own.
        package var hasArrowsOnBorder: Bool
        /// The columns that unconnected parts are spread over before they go below each other.
        package var shelfColumns: Int
        /// The room that a picture too tall for it is set in columns for; `nil` leaves it as tall as it is.
        package var room: Size?

        package init(
            rows: Int = 1,
            columns: Int = 3,
            hasArrowsOnBorder: Bool = false,
            shelfColumns: Int = 120,
            room: Size? = nil
        ) {
            self.rows = max(1, rows)
            self.columns = max(1, columns)
            self.hasArrowsOnBorder = hasArrowsOnBorder
            self.shelfColumns = max(1, shelfColumns)
            self.room = room
        }
    }

    /// Where an edge's label stands.
    package struct Label: Sendable, Hashable {
        /// Its first cell.
        package var place: Point
        /// How many columns are free for it; at most what was asked for.
        package var columns: Int
        /// Whether it stands in a stretch of its own edge, with a blank cell on both sides.
        package var isInLine = false
    }

    /// A side of a box.
    package enum Side: Sendable, Hashable {
        case top, bottom, left, right
    }

    /// Where an edge that goes from one column of boxes to the next says which way it goes.
    package struct Sign: Sendable, Hashable {
        package var place: Point
        package var isUp: Bool
    }

    /// A routed edge.
    package struct Route: Sendable, Hashable {
        /// The corners; the first cell touches the box it leaves, the last the box it enters.
        package var points: [Point]
        /// Where its label stands; `nil` where there is no room.
        package var label: Label?
        /// Whether it leads back up.
        package var isBack: Bool
        /// Where it leaves its box.
        package var leaves = Side.bottom
        /// Where it enters its box.
        package var enters = Side.top
        /// Where it says which way it goes.
        package var signs: [Sign] = []
    }

    /// The boxes' places, in the order they were given.
    package private(set) var boxes: [Rect]
    /// The edges' ways, in the order they were given.
    package private(set) var routes: [Route]
    /// The whole picture's size.
    package private(set) var size: Size

    /// Lays a graph out.
    /// - Parameters:
    ///   - sizes: The boxes' sizes; at least 1×1 each.
    ///   - links: The edges; those that name no box are left out with an empty way.
    ///   - spacing: How far things stand apart.
    package init(sizes: [Size], links: [Link], spacing: Spacing = Spacing()) {
        boxes = sizes.map { Rect(column: 0, row: 0, columns: max(1, $0.columns), rows: max(1, $0.rows)) }
        routes = links.map { _ in Route(points: [], label: nil, isBack: false) }
        size = Size(columns: 0, rows: 0)
        var shelf = Shelf(columns: spacing.shelfColumns, gap: spacing.columns, rowGap: spacing.rows)
        for part in Self.parts(count: sizes.count, links: links) {
            let drawn = Self.lay(part, boxes.map(\.size), links, spacing)
            let corner = shelf.place(drawn.size)
            for (place, box) in part.boxes.enumerated() {
                boxes[box] = drawn.boxes[place].moved(columns: corner.column, rows: corner.row)
            }
            for (place, link) in part.links.enumerated() {
                routes[link] = drawn.routes[place].moved(columns: corner.column, rows: corner.row)
            }
        }
        size = shelf.size
        placeLabels(links)
    }

    private mutating func placeLabels(_ links: [Link]) {
        guard links.contains(where: { $0.labelColumns > 0 }) else { return }
        var labels = EdgeLabels(boxes: boxes, routes: routes, size: size)
        labels.place(links)
        size = Size(columns: labels.columns, rows: size.rows)
        for index in routes.indices { routes[index].label = labels.places[index] }
    }

    // MARK: Parts

    /// What hangs together: boxes and links by number.
    private struct Part {
        var boxes: [Int]
        var links: [Int]
    }

    private static func parts(count: Int, links: [Link]) -> [Part] {
        var leader = Array(0..<count)
        func find(_ box: Int) -> Int {
            var root = box
            while leader[root] != root { root = leader[root] }
            var next = box
            while leader[next] != root { (leader[next], next) = (root, leader[next]) }
            return root
        }
        let range = 0..<count
        let sound = links.indices.filter { range.contains(links[$0].from) && range.contains(links[$0].to) }
        for index in sound {
            let (first, second) = (find(links[index].from), find(links[index].to))
            if first != second { leader[max(first, second)] = min(first, second) }
        }
        var places: [Int: Int] = [:]
        var parts: [Part] = []
        for box in range {
            let root = find(box)
            if let place = places[root] {
                parts[place].boxes.append(box)
            } else {
                places[root] = parts.count
                parts.append(Part(boxes: [box], links: []))
            }
        }
        for index in sound {
            if let place = places[find(links[index].from)] { parts[place].links.append(index) }
        }
        return parts
    }

    private struct Drawn {
        var boxes: [Rect]
        var routes: [Route]
        var size: Size
    }

    private static func lay(_ part: Part, _ sizes: [Size], _ links: [Link], _ spacing: Spacing) -> Drawn {
        guard part.boxes.count > 1 || !part.links.isEmpty else {
            let size = sizes[part.boxes[0]]
            return Drawn(boxes: [Rect(size)], routes: [], size: size)
        }
        var numbers: [Int: Int] = [:]
        for (place, box) in part.boxes.enumerated() { numbers[box] = place }
        let own = part.links.map { index in
            var link = links[index]
            link.from = numbers[link.from] ?? 0
            link.to = numbers[link.to] ?? 0
            return link
        }
        let boxes = part.boxes.map { sizes[$0] }
        var layering = Layering(count: boxes.count, links: own)
        var order = LayerOrder(layering)
        order.improve()
        layering.take(order.rows)
        layering.mergeSlots()
        let columns = ColumnPlacement(layering, sizes: boxes, gap: spacing.columns)
        let router = EdgeRouter(layering, columns.places, sizes: boxes, spacing: spacing)
        let tall = Drawn(boxes: router.boxes, routes: router.routes, size: router.size)
        guard let room = spacing.room,
            let wrap = LayoutWrap(boxes: tall.boxes, routes: tall.routes, size: tall.size, room: room)
        else { return tall }
        return Drawn(boxes: wrap.boxes, routes: wrap.routes, size: wrap.size)
    }
}

/// Puts unconnected parts side by side, and below each other once a row is full.
private struct Shelf {
    let columns: Int
    let gap: Int
    let rowGap: Int
    private(set) var size = Size(columns: 0, rows: 0)
    private var column = 0
    private var row = 0

    init(columns: Int, gap: Int, rowGap: Int) {
        self.columns = columns
        self.gap = gap
        self.rowGap = rowGap
    }

    mutating func place(_ part: Size) -> Point {
        if column > 0, column + part.columns > columns {
            column = 0
            row = size.rows + rowGap
        }
        defer {
            size = Size(
                columns: max(size.columns, column + part.columns),
                rows: max(size.rows, row + part.rows)
            )
            column += part.columns + gap
        }
        return Point(column: column, row: row)
    }
}

extension Rect {
    /// The rectangle elsewhere.
    func moved(columns across: Int, rows down: Int) -> Rect {
        Rect(column: column + across, row: row + down, columns: columns, rows: rows)
    }
}

extension LayeredLayout.Route {
    fileprivate func moved(columns across: Int, rows down: Int) -> LayeredLayout.Route {
        guard across != 0 || down != 0 else { return self }
        var route = self
        for index in route.points.indices {
            route.points[index].column += across
            route.points[index].row += down
        }
        for index in route.signs.indices {
            route.signs[index].place.column += across
            route.signs[index].place.row += down
        }
        return route
    }
}
