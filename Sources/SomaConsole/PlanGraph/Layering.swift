/// Which layer everything is in: boxes, and a slot in each layer for each edge that passes through it.
///
/// Links that would close a circle lead back; they run up in lanes. All links back into one box on one side share a
/// lane, so that many ways back to one place are one line.
struct Layering {
    /// A box, or a slot.
    struct Item {
        var layer: Int
        /// The links that pass; empty for a box.
        var links: [Int] = []
        /// The lane that it belongs to.
        var lane: Int?
        /// The box that it stands beside, and on which side.
        var beside: (box: Int, isRight: Bool)?
        /// Whether the usual way on passes.
        var isMain = false
    }

    /// Two items in neighbouring layers that an edge joins.
    struct Joint: Hashable {
        var upper: Int
        var lower: Int
        /// Which is kept straight first: 2 for the usual way, 1 for long edges, 0 for others.
        var rank: Int
    }

    /// Where links back into one box on one side run.
    struct Lane {
        var target: Int
        var isRight: Bool
        var links: [Int] = []
        var top = 0
        var bottom = 0
        /// Its slots from the top layer to the bottom one.
        var slots: [Int] = []

        func slot(_ layer: Int) -> Int { slots[layer - top] }
    }

    let count: Int
    let links: [LayeredLayout.Link]
    /// Whether each link leads back up.
    private(set) var isBack: [Bool]
    /// The layer of each box.
    private(set) var layers: [Int]
    /// Boxes by their numbers, then slots.
    private(set) var items: [Item]
    /// What is in each layer, from left to right.
    private(set) var rows: [[Int]]
    /// For each link that leads on, all items from the box it leaves to the box it enters.
    private(set) var chains: [[Int]]
    /// The lanes.
    private(set) var lanes: [Lane] = []
    /// The lane of each link that leads back.
    private(set) var laneOfLink: [Int?]

    init(count: Int, links: [LayeredLayout.Link]) {
        self.count = count
        self.links = links
        isBack = links.map { $0.from == $0.to }
        layers = Array(repeating: 0, count: count)
        items = []
        rows = []
        chains = Array(repeating: [], count: links.count)
        laneOfLink = Array(repeating: nil, count: links.count)
        let order = breakCircles()
        assignLayers(order)
        items = layers.map { Item(layer: $0) }
        rows = Array(repeating: [], count: (layers.max() ?? -1) + 1)
        // In the order in which they are reached, which is how they read.
        for box in order { rows[layers[box]].append(box) }
        makeChains()
        makeLanes()
    }

    // MARK: Layers

    /// Walks depth first, the first links first; a link to a box that is being walked leads back. Returns the boxes
    /// so that every other link leads on, and those that were reached first come first.
    private mutating func breakCircles() -> [Int] {
        var outgoing: [[Int]] = Array(repeating: [], count: count)
        for (index, link) in links.enumerated() where !isBack[index] { outgoing[link.from].append(index) }
        var closing: [Int] = []
        _ = walk(outgoing, from: Array(0..<count)) { closing.append($0) }
        for index in closing { isBack[index] = true }
        // The last links first, so that in the reverse of the order of finishing the first come first.
        for box in 0..<count { outgoing[box] = outgoing[box].filter { !isBack[$0] }.reversed() }
        return walk(outgoing, from: (0..<count).reversed()) { _ in }.reversed()
    }

    /// Walks from each box in turn and tells links that close a circle; returns the boxes as they were finished.
    private func walk(_ outgoing: [[Int]], from roots: [Int], _ closesCircle: (Int) -> Void) -> [Int] {
        enum Mark { case new, open, done }
        var marks = Array(repeating: Mark.new, count: count)
        var finished: [Int] = []
        for root in roots where marks[root] == .new {
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
                switch marks[links[index].to] {
                case .new:
                    marks[links[index].to] = .open
                    path.append((links[index].to, 0))
                case .open: closesCircle(index)
                case .done: break
                }
            }
        }
        return finished
    }

    /// As high as possible, then each box to where its edges are short.
    private mutating func assignLayers(_ order: [Int]) {
        var incoming: [[Int]] = Array(repeating: [], count: count)
        var outgoing: [[Int]] = Array(repeating: [], count: count)
        for (index, link) in links.enumerated() where !isBack[index] {
            outgoing[link.from].append(link.to)
            incoming[link.to].append(link.from)
        }
        for box in order {
            for next in outgoing[box] { layers[next] = max(layers[next], layers[box] + 1) }
        }
        for _ in 0..<4 {
            var hasMoved = false
            // The first box is where everything begins.
            for box in order.reversed() where box != 0 && !outgoing[box].isEmpty {
                guard outgoing[box].count > incoming[box].count else { continue }
                let lowest = (outgoing[box].map { layers[$0] }.min() ?? layers[box] + 1) - 1
                if lowest > layers[box] {
                    layers[box] = lowest
                    hasMoved = true
                }
            }
            for box in order where outgoing[box].count < incoming[box].count {
                let highest = (incoming[box].map { layers[$0] }.max() ?? -1) + 1
                if highest < layers[box] {
                    layers[box] = highest
                    hasMoved = true
                }
            }
            guard hasMoved else { break }
        }
        let top = layers.min() ?? 0
        if top > 0 { layers = layers.map { $0 - top } }
    }

    // MARK: Slots

    private mutating func makeChains() {
        var mainOut: [Int?] = Array(repeating: nil, count: count)
        var mainIn: [Int?] = Array(repeating: nil, count: count)
        for (index, link) in links.enumerated() where !isBack[index] && link.isMain {
            mainOut[link.from] = mainOut[link.from] ?? index
            mainIn[link.to] = mainIn[link.to] ?? index
        }
        for (index, link) in links.enumerated() where !isBack[index] {
            let isMain = mainOut[link.from] == index && mainIn[link.to] == index
            chains[index] = [link.from]
            for layer in (layers[link.from] + 1)..<layers[link.to] {
                chains[index].append(
                    addSlot(Item(layer: layer, links: [index], isMain: isMain))
                )
            }
            chains[index].append(link.to)
            if isMain, layers[link.from] + 1 == layers[link.to] { directMain.insert(index) }
        }
    }

    /// Links of the usual way without a slot.
    private var directMain: Set<Int> = []

    private mutating func addSlot(_ item: Item) -> Int {
        items.append(item)
        rows[item.layer].append(items.count - 1)
        return items.count - 1
    }

    /// Gives each link back a side: where its box's and its target's sides are free, or a lane to there is shared.
    private mutating func makeLanes() {
        enum Use: Equatable {
            case leaving(Int)
            case entering
        }
        var uses: [[Use?]] = Array(repeating: [nil, nil], count: count)
        let order = links.indices.filter { isBack[$0] }.sorted { (span($0), $0) < (span($1), $1) }
        for index in order {
            let link = links[index]
            func cost(_ side: Int) -> Int {
                let target: Int? = lanes.firstIndex { $0.target == link.to && $0.isRight == (side == 0) }
                var cost = 0
                switch uses[link.to][side] {
                case .none: break
                case .entering: cost -= 1
                case .leaving: cost += 3
                }
                guard link.from != link.to else { return cost }
                switch uses[link.from][side] {
                case .none: break
                case .leaving(let lane) where lane == target: break
                case .leaving, .entering: cost += 2
                }
                return cost
            }
            let side = cost(0) <= cost(1) ? 0 : 1
            let place =
                lanes.firstIndex { $0.target == link.to && $0.isRight == (side == 0) }
                ?? {
                    lanes.append(Lane(target: link.to, isRight: side == 0))
                    return lanes.count - 1
                }()
            lanes[place].links.append(index)
            laneOfLink[index] = place
            uses[link.to][side] = .entering
            if link.from != link.to, uses[link.from][side] == nil { uses[link.from][side] = .leaving(place) }
        }
        for lane in lanes.indices {
            lanes[lane].top = layers[lanes[lane].target]
            let lowest = lanes[lane].links.max { layers[links[$0].from] < layers[links[$1].from] }
            let last = lowest.map { links[$0].from } ?? lanes[lane].target
            lanes[lane].bottom = layers[last]
            for layer in lanes[lane].top...lanes[lane].bottom {
                var item = Item(layer: layer, links: lanes[lane].links, lane: lane)
                let side = lanes[lane].isRight ? 0 : 1
                // What leaves through the channel below has no reason to stand close.
                if layer == lanes[lane].bottom, uses[last][side] == .leaving(lane) {
                    item.beside = (last, lanes[lane].isRight)
                }
                if layer == lanes[lane].top { item.beside = (lanes[lane].target, lanes[lane].isRight) }
                lanes[lane].slots.append(addSlot(item))
            }
        }
    }

    private func span(_ link: Int) -> Int { layers[links[link].from] - layers[links[link].to] }

    // MARK: Joints

    /// The rank of a joint that only draws items near to each other: the edge itself goes another way.
    static let pull = -1

    /// What edges join, by the upper layer, each once. `forOrder` adds pulls towards the boxes that a lane passes.
    func joints(forOrder: Bool = false) -> [[Joint]] {
        var result: [[Joint]] = Array(repeating: [], count: max(0, rows.count - 1))
        var known: Set<Joint> = []
        func add(_ upper: Int, _ lower: Int, _ rank: Int) {
            let joint = Joint(upper: upper, lower: lower, rank: rank)
            if known.insert(joint).inserted { result[items[upper].layer].append(joint) }
        }
        for (index, chain) in chains.enumerated() where !chain.isEmpty {
            for place in 0..<(chain.count - 1) {
                let (upper, lower) = (chain[place], chain[place + 1])
                let isMain = directMain.contains(index) || items[upper].isMain || items[lower].isMain
                let isLong = upper >= count && lower >= count
                add(upper, lower, isMain ? 2 : isLong ? 1 : 0)
            }
        }
        for lane in lanes {
            for layer in lane.top..<lane.bottom { add(lane.slot(layer), lane.slot(layer + 1), 1) }
            guard forOrder else { continue }
            for index in lane.links {
                let box = links[index].from
                let layer = layers[box]
                guard layer > lane.top else { continue }
                if layer < lane.bottom {
                    add(lane.slot(layer - 1), box, 0)
                    add(box, lane.slot(layer + 1), 0)
                } else if items[lane.slot(layer)].beside == nil {
                    add(lane.slot(layer - 1), box, Self.pull)
                }
            }
        }
        return result
    }

    // MARK: Order

    /// Takes the order of each layer.
    mutating func take(_ rows: [[Int]]) { self.rows = rows }

    /// Neighbouring slots that lead to the same box, or come from the same box, become one line.
    mutating func mergeSlots() {
        var next: [Int] = Array(repeating: -1, count: items.count)
        var previous = next
        for chain in chains where !chain.isEmpty {
            for place in 1..<chain.count {
                previous[chain[place]] = chain[place - 1]
                next[chain[place - 1]] = chain[place]
            }
        }
        var mergedInto = Array(items.indices)
        func whole(_ item: Int) -> Int {
            var item = item
            while mergedInto[item] != item { item = mergedInto[item] }
            return item
        }
        func merge(_ isDown: Bool, _ layer: Int) {
            var kept: [Int] = []
            for item in rows[layer] {
                guard let last = kept.last, last >= count, item >= count, items[last].lane == nil,
                    items[item].lane == nil
                else {
                    kept.append(item)
                    continue
                }
                let both = items[last].links + items[item].links
                let ends = Set(both.map { isDown ? links[$0].to : links[$0].from })
                let (first, second) =
                    isDown ? (next[last], next[item]) : (previous[last], previous[item])
                guard ends.count == 1, whole(first) == whole(second) else {
                    kept.append(item)
                    continue
                }
                mergedInto[item] = last
                items[last].links = both
                items[last].isMain = items[last].isMain || items[item].isMain
            }
            rows[layer] = kept
        }
        for layer in rows.indices.reversed() { merge(true, layer) }
        for layer in rows.indices { merge(false, layer) }
        for index in chains.indices {
            chains[index] = chains[index].map { whole($0) }
        }
    }
}
