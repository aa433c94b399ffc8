import SomaTerminal

/// Gives layers their rows and edges their ways, once the columns are known.
///
/// Between two layers there is a channel with a row for each stretch that would meet another one. Edges that lead
/// back up leave their box at the side, straight to their lane; where another edge or box is in the way, through
/// the channel below.
struct EdgeRouter {
    /// The boxes' places.
    private(set) var boxes: [Rect] = []
    /// The edges' ways.
    private(set) var routes: [LayeredLayout.Route] = []
    /// The picture's size.
    private(set) var size = Size(columns: 0, rows: 0)

    private let layering: Layering
    private let columns: [Int]
    private let sizes: [Size]
    private let hasArrowsOnBorder: Bool
    private var order: [Int]
    /// The height of each layer.
    private var heights: [Int]
    /// The first row of each layer.
    private var layerRows: [Int] = []
    /// The first row of the channel above each layer, and of the one below the last.
    private var channelRows: [Int] = []
    private var channels: [ChannelTracks]
    /// Whether each link back leaves at the side of its box.
    private var leavesAtSide: [Bool]
    /// Whether each lane enters at the side of its box.
    private var entersAtSide: [Bool]

    init(_ layering: Layering, _ columns: [Int], sizes: [Size], spacing: LayeredLayout.Spacing) {
        self.layering = layering
        self.columns = columns
        self.sizes = sizes
        hasArrowsOnBorder = spacing.hasArrowsOnBorder
        order = Array(repeating: 0, count: layering.items.count)
        for row in layering.rows { for (place, item) in row.enumerated() { order[item] = place } }
        heights = layering.rows.map { row in
            row.map { $0 < layering.count ? max(1, sizes[$0].rows) : 1 }.max() ?? 1
        }
        channels = Array(repeating: ChannelTracks(), count: layering.rows.count + 1)
        leavesAtSide = Array(repeating: false, count: layering.links.count)
        entersAtSide = Array(repeating: false, count: layering.lanes.count)
        chooseSides()
        fillChannels()
        for index in channels.indices { channels[index].assign() }
        placeRows(gap: spacing.rows)
        boxes = sizes.indices.map { box in
            let (width, height) = (max(1, sizes[box].columns), max(1, sizes[box].rows))
            let layer = layering.layers[box]
            return Rect(
                column: columns[box] - width / 2,
                row: layerRows[layer] + heights[layer] / 2 - height / 2,
                columns: width,
                rows: height
            )
        }
        routes = layering.links.indices.map { layering.isBack[$0] ? routeBack($0) : routeOn($0) }
        moveToOrigin()
    }

    // MARK: Sides

    /// A stretch beside a box, in the row in which edges come in and go out at the side.
    private struct Stretch {
        var lane: Int
        var columns: ClosedRange<Int>
    }

    /// Lets lanes enter and links leave at the side where nothing else is in the way.
    private mutating func chooseSides() {
        var taken: [[Stretch]] = Array(repeating: [], count: layering.rows.count)
        for (index, lane) in layering.lanes.enumerated() {
            guard let stretch = stretch(lane.target, index, taken[lane.top]) else { continue }
            entersAtSide[index] = true
            taken[lane.top].append(stretch)
        }
        for (index, lane) in layering.lanes.enumerated() {
            for link in lane.links where layering.links[link].from != lane.target {
                let box = layering.links[link].from
                let layer = layering.layers[box]
                guard let stretch = stretch(box, index, taken[layer]) else { continue }
                leavesAtSide[link] = true
                taken[layer].append(stretch)
            }
        }
    }

    /// The way from a box's side to a lane, if neither a box nor another edge is there.
    private func stretch(_ box: Int, _ lane: Int, _ taken: [Stretch]) -> Stretch? {
        let layer = layering.layers[box]
        let slot = layering.lanes[lane].slot(layer)
        let row = layering.rows[layer]
        let between = min(order[box], order[slot])...max(order[box], order[slot])
        guard !between.contains(where: { row[$0] < layering.count && row[$0] != box }) else { return nil }
        let width = max(1, sizes[box].columns)
        let left = columns[box] - width / 2
        let (column, edge) = (columns[slot], columns[slot] > columns[box] ? left + width : left - 1)
        let range = min(edge, column)...max(edge, column)
        let isFree = taken.allSatisfy { other in
            guard other.columns.overlaps(range) else { return true }
            // From both sides into the same lane.
            return other.lane == lane && other.columns.clamped(to: range) == column...column
        }
        return isFree ? Stretch(lane: lane, columns: range) : nil
    }

    // MARK: Channels

    private mutating func fillChannels() {
        var nexts: [Set<Int>] = Array(repeating: [], count: layering.items.count)
        for chain in layering.chains where !chain.isEmpty {
            for place in 1..<chain.count { nexts[chain[place - 1]].insert(chain[place]) }
        }
        isSplit = nexts.map { $0.count > 1 }
        for chain in layering.chains where !chain.isEmpty {
            for place in 1..<chain.count {
                let (upper, lower) = (chain[place - 1], chain[place])
                channels[layering.items[lower].layer].join(
                    key(upper, lower),
                    upper: (upper, columns[upper]),
                    lower: (lower, columns[lower])
                )
            }
        }
        for (index, lane) in layering.lanes.enumerated() {
            for layer in lane.top..<lane.bottom {
                let (upper, lower) = (lane.slot(layer), lane.slot(layer + 1))
                channels[layer + 1].join(
                    .lane(index),
                    upper: (upper, columns[upper]),
                    lower: (lower, columns[lower])
                )
            }
            if !entersAtSide[index] {
                let slot = lane.slot(lane.top)
                channels[lane.top].turn(
                    .entering(lane.target),
                    below: (slot, columns[slot]),
                    (lane.target, columns[lane.target])
                )
            }
            for link in lane.links where !leavesAtSide[link] {
                let box = layering.links[link].from
                let slot = lane.slot(layering.layers[box])
                channels[layering.layers[box] + 1].turn(
                    .lane(index),
                    above: (slot, columns[slot]),
                    (box, columns[box])
                )
            }
        }
    }

    /// Whether edges from an item go different ways below it.
    private var isSplit: [Bool] = []

    private func key(_ upper: Int, _ lower: Int) -> ChannelTracks.Key {
        isSplit[upper] ? .leaving(upper) : .entering(lower)
    }

    private mutating func placeRows(gap: Int) {
        var row = 0
        let layers = layering.rows.count
        for layer in 0...layers {
            channelRows.append(row)
            let tracks = channels[layer].count
            let arrows = hasArrowsOnBorder || layer == layers ? 0 : 1
            let isInner = layer > 0 && layer < layers
            row += isInner ? max(gap, tracks + arrows) : tracks > 0 ? tracks + arrows : 0
            guard layer < layers else { break }
            layerRows.append(row)
            row += heights[layer]
        }
        size = Size(columns: 0, rows: row)
    }

    // MARK: Ways

    private func routeOn(_ index: Int) -> LayeredLayout.Route {
        let chain = layering.chains[index]
        let (from, to) = (layering.links[index].from, layering.links[index].to)
        var points = [Point(column: columns[from], row: boxes[from].endRow)]
        for place in 1..<chain.count {
            let (upper, lower) = (chain[place - 1], chain[place])
            let layer = layering.items[lower].layer
            for corner in channels[layer].corners(key(upper, lower), from: columns[upper], to: lower) {
                points.append(Point(column: corner.column, row: channelRows[layer] + corner.track))
            }
        }
        points.append(Point(column: points.last?.column ?? columns[to], row: boxes[to].row - 1))
        return LayeredLayout.Route(points: points.withoutRepeats, label: nil, isBack: false)
    }

    private func routeBack(_ index: Int) -> LayeredLayout.Route {
        guard let laneIndex = layering.laneOfLink[index] else {
            return LayeredLayout.Route(points: [], label: nil, isBack: true)
        }
        let lane = layering.lanes[laneIndex]
        let (from, to) = (layering.links[index].from, layering.links[index].to)
        let layer = layering.layers[from]
        var route = LayeredLayout.Route(points: [], label: nil, isBack: true)
        var column = columns[lane.slot(layer)]
        if leavesAtSide[index] {
            let isRight = column > columns[from]
            route.leaves = isRight ? .right : .left
            let row = sideRow(layer)
            route.points = [
                Point(column: isRight ? boxes[from].endColumn : boxes[from].column - 1, row: row),
                Point(column: column, row: row),
            ]
        } else {
            let row = channelRows[layer + 1] + channels[layer + 1].track(.lane(laneIndex))
            route.points = [
                Point(column: columns[from], row: boxes[from].endRow), Point(column: columns[from], row: row),
                Point(column: column, row: row),
            ]
        }
        for layer in stride(from: layer, to: lane.top, by: -1) {
            let upper = lane.slot(layer - 1)
            let corners = channels[layer].corners(
                .lane(laneIndex),
                from: columns[upper],
                to: lane.slot(layer)
            )
            for corner in corners.reversed() {
                route.points.append(Point(column: corner.column, row: channelRows[layer] + corner.track))
            }
            column = columns[upper]
        }
        if entersAtSide[laneIndex] {
            let isRight = column > columns[to]
            route.enters = isRight ? .right : .left
            let row = sideRow(lane.top)
            route.points += [
                Point(column: column, row: row),
                Point(column: isRight ? boxes[to].endColumn : boxes[to].column - 1, row: row),
            ]
        } else {
            let key = ChannelTracks.Key.entering(to)
            let slot = lane.slot(lane.top)
            for corner in channels[lane.top].corners(key, between: slot, and: to) {
                route.points.append(Point(column: corner.column, row: channelRows[lane.top] + corner.track))
            }
            route.points.append(
                Point(column: route.points.last?.column ?? columns[to], row: boxes[to].row - 1)
            )
        }
        route.points = route.points.withoutRepeats
        return route
    }

    private func sideRow(_ layer: Int) -> Int { layerRows[layer] + heights[layer] / 2 }

    private mutating func moveToOrigin() {
        var (low, high) = (Int.max, Int.min)
        for box in boxes { (low, high) = (min(low, box.column), max(high, box.endColumn)) }
        for route in routes {
            for point in route.points {
                (low, high) = (min(low, point.column), max(high, point.column + 1))
            }
        }
        guard low < high else { return }
        for index in boxes.indices { boxes[index].column -= low }
        for index in routes.indices {
            for point in routes[index].points.indices { routes[index].points[point].column -= low }
        }
        size = Size(columns: high - low, rows: size.rows)
    }
}

extension [Point] {
    /// The corners without those that are there twice in a row or lie on a straight line.
    fileprivate var withoutRepeats: [Point] {
        var result: [Point] = []
        for point in self {
            if result.last == point { continue }
            if result.count > 1 {
                let (first, second) = (result[result.count - 2], result[result.count - 1])
                let isAcross = first.row == second.row && second.row == point.row
                let isDown = first.column == second.column && second.column == point.column
                if isAcross || isDown { result.removeLast() }
            }
            result.append(point)
        }
        return result.count == 1 ? [result[0], result[0]] : result
    }
}
