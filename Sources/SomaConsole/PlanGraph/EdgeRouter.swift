import SomaTerminal

/// Gives layers their rows and edges their ways, once the columns are known.
///
/// Between two layers there is a channel: a row for each horizontal stretch that would meet another one, and a row
/// for arrow heads. Edges that lead back up leave a box at the side, or through the channel below where another
/// box stands in the way, and run up in a lane of their own.
struct EdgeRouter {
    /// The boxes' places.
    private(set) var boxes: [Rect] = []
    /// The edges' ways.
    private(set) var routes: [LayeredLayout.Route] = []
    /// The picture's size.
    private(set) var size = Size(columns: 0, rows: 0)

    private let layering: Layering
    private let columns: ColumnPlacement
    private let sizes: [Size]
    private let links: [LayeredLayout.Link]
    /// The first row of each layer.
    private var layerRows: [Int] = []
    /// The height of each layer.
    private var heights: [Int] = []
    /// The first row of the channel above each layer, and of the one below the last.
    private var channelRows: [Int] = []
    private var channels: [Channel] = []
    private var backs: [Back] = []

    /// A horizontal stretch in a channel.
    private struct Stretch {
        /// Stretches of the same owner share a row: they leave the same place.
        var owner: Layering.Item
        var columns: ClosedRange<Int>
        var track = 0
    }

    private struct Channel {
        var stretches: [Stretch] = []
        var tracks = 0
        var rows = 0
    }

    /// An edge that leads back up.
    private struct Back {
        var link: Int
        var isRight: Bool
        /// Whether it leaves at the side, or through the channel below.
        var leavesAtSide: Bool
        /// Whether it enters at the side, or from the channel above.
        var entersAtSide: Bool
        var lane = 0
        var laneColumn = 0
    }

    init(
        _ layering: Layering,
        _ columns: ColumnPlacement,
        sizes: [Size],
        links: [LayeredLayout.Link],
        gap: Int
    ) {
        self.layering = layering
        self.columns = columns
        self.sizes = sizes
        self.links = links
        guard !sizes.isEmpty else {
            routes = links.map { _ in LayeredLayout.Route(points: [], label: nil, isBack: false) }
            return
        }
        planBacks()
        let lanes = placeLanes()
        planChannels(gap: gap)
        placeRows()
        boxes = sizes.indices.map { index in
            Rect(
                column: columns.lefts[.box(index)] ?? 0,
                row: layerRows[layering.layers[index]],
                columns: max(1, sizes[index].columns),
                rows: max(1, sizes[index].rows)
            )
        }
        routes = links.indices.map { route($0) }
        shift(by: -lanes.lowerBound)
        let rows = (channelRows.last ?? 0) + (channels.last?.rows ?? 0)
        size = Size(columns: lanes.upperBound - lanes.lowerBound, rows: rows)
    }

    // MARK: Edges that lead back

    private mutating func planBacks() {
        enum Use { case leaving, entering }
        struct Port: Hashable {
            var box: Int
            var isRight: Bool
        }
        var ports: [Port: Use] = [:]
        let order = links.indices.filter { layering.isBack[$0] == true }
            .sorted { (span($0), $0) < (span($1), $1) }
        for index in order {
            let link = links[index]
            func isFree(_ box: Int, _ isRight: Bool, _ use: Use) -> Bool {
                guard isOutermost(box, isRight) else { return false }
                return ports[Port(box: box, isRight: isRight)].map { $0 == use } ?? true
            }
            func fits(_ isRight: Bool) -> Bool {
                link.from != link.to && isFree(link.from, isRight, .leaving)
                    && isFree(link.to, isRight, .entering)
            }
            let isRight = fits(true) || !fits(false)
            let leavesAtSide = isFree(link.from, isRight, .leaving)
            if leavesAtSide { ports[Port(box: link.from, isRight: isRight)] = .leaving }
            let entersAtSide = link.from != link.to && isFree(link.to, isRight, .entering)
            if entersAtSide { ports[Port(box: link.to, isRight: isRight)] = .entering }
            backs.append(
                Back(link: index, isRight: isRight, leavesAtSide: leavesAtSide, entersAtSide: entersAtSide)
            )
        }
    }

    private func span(_ link: Int) -> Int {
        layering.layers[links[link].from] - layering.layers[links[link].to]
    }

    private func isOutermost(_ box: Int, _ isRight: Bool) -> Bool {
        let row = layering.rows[layering.layers[box]].filter { if case .box = $0 { true } else { false } }
        return (isRight ? row.last : row.first) == .box(box)
    }

    /// Gives each edge that leads back a lane, the short ones inside; returns the columns that all take.
    private mutating func placeLanes() -> Range<Int> {
        var bounds = 0..<columns.end
        for isRight in [true, false] {
            var ends: [[ClosedRange<Int>]] = []
            for index in backs.indices where backs[index].isRight == isRight {
                let rows = laneRows(backs[index])
                let lane = ends.firstIndex { lane in !lane.contains { $0.overlaps(rows) } } ?? ends.count
                if lane == ends.count { ends.append([]) }
                ends[lane].append(rows)
                backs[index].lane = lane
            }
            var column = isRight ? columns.end + 1 : -2
            for lane in ends.indices {
                let members = backs.indices.filter { backs[$0].isRight == isRight && backs[$0].lane == lane }
                let label = members.map { links[backs[$0].link].labelColumns }.max() ?? 0
                let width = label > 0 ? label + 2 : 0
                // A label stands to the right of its lane, on either side of the boxes.
                if !isRight { column -= width }
                for member in members { backs[member].laneColumn = column }
                if isRight {
                    bounds = bounds.lowerBound..<(column + width + 1)
                    column += width + 2
                } else {
                    bounds = column..<bounds.upperBound
                    column -= 2
                }
            }
        }
        return bounds
    }

    /// The half layers that an edge passes in its lane: odd ones are layers, even ones channels.
    private func laneRows(_ back: Back) -> ClosedRange<Int> {
        let top = 2 * layering.layers[links[back.link].to] + (back.entersAtSide ? 1 : 0)
        let bottom = 2 * layering.layers[links[back.link].from] + (back.leavesAtSide ? 1 : 2)
        return min(top, bottom)...max(top, bottom)
    }

    // MARK: Rows

    private mutating func planChannels(gap: Int) {
        let layers = layering.rows.count
        channels = Array(repeating: Channel(), count: layers + 1)
        for (layer, joints) in layering.joints().enumerated() {
            for joint in joints {
                let ends = (columns.port(joint.upper), columns.port(joint.lower))
                guard ends.0 != ends.1 else { continue }
                add(joint.upper, ends, to: layer + 1)
            }
        }
        for back in backs {
            let link = links[back.link]
            if !back.leavesAtSide {
                add(
                    .slot(link: back.link, layer: -1),
                    (columns.port(.box(link.from)), back.laneColumn),
                    to: layering.layers[link.from] + 1
                )
            }
            if !back.entersAtSide {
                add(
                    .slot(link: back.link, layer: -1),
                    (columns.port(.box(link.to)), back.laneColumn),
                    to: layering.layers[link.to]
                )
            }
        }
        for index in channels.indices {
            assignTracks(&channels[index])
            let isInner = index > 0 && index < layers
            channels[index].rows =
                isInner
                ? max(gap, channels[index].tracks + 1)
                : channels[index].tracks > 0 ? channels[index].tracks + 1 : 0
        }
    }

    private mutating func add(_ owner: Layering.Item, _ ends: (Int, Int), to channel: Int) {
        let range = min(ends.0, ends.1)...max(ends.0, ends.1)
        let known = channels[channel].stretches.firstIndex { $0.owner == owner && $0.columns.overlaps(range) }
        if let known {
            let old = channels[channel].stretches[known].columns
            channels[channel].stretches[known].columns =
                min(old.lowerBound, range.lowerBound)...max(old.upperBound, range.upperBound)
        } else {
            channels[channel].stretches.append(Stretch(owner: owner, columns: range))
        }
    }

    /// Stretches that meet get rows of their own.
    private func assignTracks(_ channel: inout Channel) {
        var tracks: [[ClosedRange<Int>]] = []
        let order = channel.stretches.indices.sorted {
            (channel.stretches[$0].columns.lowerBound, $0) < (channel.stretches[$1].columns.lowerBound, $1)
        }
        for index in order {
            let range = channel.stretches[index].columns
            let track = tracks.firstIndex { track in !track.contains { $0.overlaps(range) } } ?? tracks.count
            if track == tracks.count { tracks.append([]) }
            tracks[track].append(range)
            channel.stretches[index].track = track
        }
        channel.tracks = tracks.count
    }

    private mutating func placeRows() {
        heights = layering.rows.map { row in
            row.map { item in if case .box(let box) = item { max(1, sizes[box].rows) } else { 1 } }.max() ?? 1
        }
        var row = 0
        for layer in heights.indices {
            channelRows.append(row)
            row += channels[layer].rows
            layerRows.append(row)
            row += heights[layer]
        }
        channelRows.append(row)
    }

    private func trackRow(_ owner: Layering.Item, _ column: Int, channel: Int) -> Int {
        let stretch = channels[channel].stretches.first { $0.owner == owner && $0.columns.contains(column) }
        return channelRows[channel] + (stretch?.track ?? 0)
    }

    // MARK: Ways

    private func route(_ index: Int) -> LayeredLayout.Route {
        switch layering.isBack[index] {
        case nil: return LayeredLayout.Route(points: [], label: nil, isBack: false)
        case .some(true): return routeBack(index)
        case .some(false): return routeForward(index)
        }
    }

    private func routeForward(_ index: Int) -> LayeredLayout.Route {
        let link = links[index]
        var upper = Layering.Item.box(link.from)
        var points = [Point(column: columns.port(upper), row: boxes[link.from].endRow)]
        var label: Point?
        for layer in layering.layers[link.from]..<layering.layers[link.to] {
            let isLast = layer + 1 == layering.layers[link.to]
            let lower: Layering.Item = isLast ? .box(link.to) : .slot(link: index, layer: layer + 1)
            let (start, end) = (columns.port(upper), columns.port(lower))
            if start != end {
                let row = trackRow(upper, start, channel: layer + 1)
                points.append(Point(column: start, row: row))
                points.append(Point(column: end, row: row))
            }
            if !isLast, label == nil {
                label = Point(column: end + 2, row: layerRows[layer + 1] + heights[layer + 1] / 2)
            }
            upper = lower
        }
        let last = Point(column: columns.port(upper), row: boxes[link.to].row - 1)
        points.append(last)
        let isOnlyOne =
            links.indices.count { other in
                layering.isBack[other] == false && links[other].to == link.to
                    && layering.layers[links[other].from] + 1 == layering.layers[link.to]
            } == 1
        if label == nil, isOnlyOne { label = Point(column: last.column + 2, row: last.row) }
        return LayeredLayout.Route(points: points, label: link.labelColumns > 0 ? label : nil, isBack: false)
    }

    private func routeBack(_ index: Int) -> LayeredLayout.Route {
        guard let back = backs.first(where: { $0.link == index }) else {
            return LayeredLayout.Route(points: [], label: nil, isBack: true)
        }
        let link = links[index]
        let lane = back.laneColumn
        let owner = Layering.Item.slot(link: index, layer: -1)
        let (from, to) = (boxes[link.from], boxes[link.to])
        var points: [Point] = []
        let bottom: Int
        if back.leavesAtSide {
            bottom = from.row + from.rows / 2
            points.append(Point(column: back.isRight ? from.endColumn : from.column - 1, row: bottom))
        } else {
            let port = columns.port(.box(link.from))
            let channel = layering.layers[link.from] + 1
            bottom = trackRow(owner, port, channel: channel)
            points.append(Point(column: port, row: from.endRow))
            points.append(Point(column: port, row: bottom))
        }
        points.append(Point(column: lane, row: bottom))
        let top: Int
        if back.entersAtSide {
            top = to.row + to.rows / 2
            points.append(Point(column: lane, row: top))
            points.append(Point(column: back.isRight ? to.endColumn : to.column - 1, row: top))
        } else {
            let port = columns.port(.box(link.to))
            top = trackRow(owner, port, channel: layering.layers[link.to])
            points.append(Point(column: lane, row: top))
            points.append(Point(column: port, row: top))
            points.append(Point(column: port, row: to.row - 1))
        }
        let label = Point(column: lane + 2, row: (top + bottom) / 2)
        return LayeredLayout.Route(
            points: points,
            label: link.labelColumns > 0 ? label : nil,
            isBack: true,
            leavesAtSide: back.leavesAtSide
        )
    }

    private mutating func shift(by columns: Int) {
        for index in boxes.indices { boxes[index].column += columns }
        for index in routes.indices {
            for point in routes[index].points.indices { routes[index].points[point].column += columns }
            routes[index].label?.column += columns
        }
    }
}
