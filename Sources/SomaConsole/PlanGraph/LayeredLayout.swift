package import SomaTerminal

/// Places the boxes of any directed graph in layers from top to bottom and routes its edges around them.
///
/// Edges that lead back up run in lanes beside the boxes; edges that skip layers pass between boxes. Boxes never
/// overlap and no edge crosses a box. The same input always gives the same picture. Cycles, self-loops, unconnected
/// parts and several roots are all fine.
package struct LayeredLayout: Sendable {
    /// An edge to be routed.
    package struct Link: Sendable, Hashable {
        /// The box it leaves, by number.
        package var from: Int
        /// The box it enters.
        package var to: Int
        /// How many columns its label needs.
        package var labelColumns: Int

        package init(_ from: Int, _ to: Int, labelColumns: Int = 0) {
            self.from = from
            self.to = to
            self.labelColumns = labelColumns
        }
    }

    /// A routed edge.
    package struct Route: Sendable, Hashable {
        /// The corners; the first cell touches the box it leaves, the last the box it enters.
        package var points: [Point]
        /// Where its label starts; `nil` where there is no room.
        package var label: Point?
        /// Whether it leads back up.
        package var isBack: Bool
        /// Whether it leaves its box at the side, not at the bottom.
        package var leavesAtSide = false
    }

    /// The boxes' places, in the order they were given.
    package let boxes: [Rect]
    /// The edges' ways, in the order they were given.
    package let routes: [Route]
    /// The whole picture's size.
    package let size: Size

    /// Lays a graph out.
    /// - Parameters:
    ///   - sizes: The boxes' sizes; at least 1×1 each.
    ///   - links: The edges; those that name no box are left out with an empty way.
    ///   - gap: The least rows between layers.
    package init(sizes: [Size], links: [Link], gap: Int = 1) {
        var layering = Layering(count: sizes.count, links: links)
        layering.order()
        var columns = ColumnPlacement(layering, sizes: sizes)
        columns.place()
        let router = EdgeRouter(layering, columns, sizes: sizes, links: links, gap: max(1, gap))
        boxes = router.boxes
        routes = router.routes
        size = router.size
    }
}

/// Which layer everything is in and in what order: boxes, and a slot for each edge that passes through.
struct Layering {
    /// A box, or the slot of an edge that passes through the layer.
    enum Item: Hashable {
        case box(Int)
        case slot(link: Int, layer: Int)
    }

    let links: [LayeredLayout.Link]
    /// Whether an edge leads back up, by number; `nil` for those that name no box.
    private(set) var isBack: [Bool?]
    /// The layer of each box.
    private(set) var layers: [Int]
    /// What is in each layer, from left to right.
    private(set) var rows: [[Item]] = []

    /// How often the order is improved, down and up.
    private static let sweeps = 4

    init(count: Int, links: [LayeredLayout.Link]) {
        self.links = links
        layers = Array(repeating: 0, count: count)
        isBack = links.map { link in
            (0..<count).contains(link.from) && (0..<count).contains(link.to) ? link.from == link.to : nil
        }
        var outgoing: [[Int]] = Array(repeating: [], count: count)
        for (index, link) in links.enumerated() where isBack[index] == false {
            outgoing[link.from].append(index)
        }
        let finished = findBackEdges(outgoing, count)
        // Boxes in the reverse of the order in which they were finished: every edge that is left leads on.
        for box in finished.reversed() {
            for index in outgoing[box] where isBack[index] == false {
                layers[links[index].to] = max(layers[links[index].to], layers[box] + 1)
            }
        }
        rows = Array(repeating: [], count: (layers.max() ?? -1) + 1)
        for box in 0..<count { rows[layers[box]].append(.box(box)) }
        for (index, link) in links.enumerated() where isBack[index] == false {
            guard layers[link.from] + 1 < layers[link.to] else { continue }
            for layer in (layers[link.from] + 1)..<layers[link.to] {
                rows[layer].append(.slot(link: index, layer: layer))
            }
        }
    }

    /// Walks in depth first from each box in turn; an edge to a box that is being walked leads back.
    private mutating func findBackEdges(_ outgoing: [[Int]], _ count: Int) -> [Int] {
        enum Mark { case new, open, done }
        var marks = Array(repeating: Mark.new, count: count)
        var finished: [Int] = []
        for root in 0..<count where marks[root] == .new {
            var path: [(box: Int, next: Int)] = [(root, 0)]
            marks[root] = .open
            while let (box, next) = path.last {
                guard next < outgoing[box].count else {
                    marks[box] = .done
                    finished.append(box)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let index = outgoing[box][next]
                let target = links[index].to
                switch marks[target] {
                case .new:
                    marks[target] = .open
                    path.append((target, 0))
                case .open: isBack[index] = true
                case .done: break
                }
            }
        }
        return finished
    }

    private func below(_ link: Int, _ layer: Int) -> Item {
        layers[links[link].to] == layer + 1 ? .box(links[link].to) : .slot(link: link, layer: layer + 1)
    }

    /// Pairs of items in neighbouring layers that an edge joins: upper, lower, by upper layer.
    func joints() -> [[(upper: Item, lower: Item)]] {
        var result: [[(upper: Item, lower: Item)]] = Array(repeating: [], count: max(0, rows.count - 1))
        for (index, link) in links.enumerated() where isBack[index] == false {
            for layer in layers[link.from]..<layers[link.to] {
                let upper: Item =
                    layer == layers[link.from] ? .box(link.from) : .slot(link: index, layer: layer)
                result[layer].append((upper, below(index, layer)))
            }
        }
        return result
    }

    /// Puts the items of each layer below and above those that they are joined to, as far as that goes.
    mutating func order() {
        let joints = joints()
        for sweep in 0..<Self.sweeps {
            let isDown = sweep % 2 == 0
            let order = isDown ? Array(rows.indices.dropFirst()) : Array(rows.indices.dropLast().reversed())
            for layer in order {
                let fixed = rows[isDown ? layer - 1 : layer + 1]
                let places = Dictionary(uniqueKeysWithValues: fixed.enumerated().map { ($1, Double($0)) })
                var sums: [Item: (sum: Double, count: Double)] = [:]
                for joint in joints[isDown ? layer - 1 : layer] {
                    let (here, there) = isDown ? (joint.lower, joint.upper) : (joint.upper, joint.lower)
                    guard let place = places[there] else { continue }
                    let old = sums[here] ?? (0, 0)
                    sums[here] = (old.sum + place, old.count + 1)
                }
                let wishes = rows[layer].enumerated().map { index, item in
                    sums[item].map { $0.sum / $0.count } ?? Double(index)
                }
                rows[layer] = rows[layer].enumerated()
                    .sorted { (wishes[$0.offset], $0.offset) < (wishes[$1.offset], $1.offset) }
                    .map(\.element)
            }
        }
    }
}
