/// Finds an order of each layer with few crossings: items go below and above what they are joined to, then
/// neighbours change places as long as that helps.
///
/// A lane's end stands beside its box and moves with it; box and ends together are a unit.
struct LayerOrder {
    /// What is in each layer, from left to right.
    private(set) var rows: [[Int]]

    private let layering: Layering
    /// The items that each is joined to above.
    private var above: [[Int]]
    /// The items that each is joined to below.
    private var below: [[Int]]
    /// Items above that a lane's end is drawn to without an edge.
    private var pulls: [Int: [Int]] = [:]
    /// Each item's place in its layer.
    private var places: [Int]
    /// The boxes and free slots of each layer, in order.
    private var units: [[Int]]
    /// A box with what stands beside it, from left to right; empty for those that stand alone.
    private var groups: [[Int]]

    /// How often the layers are sorted by their neighbours, down and up.
    private static let sweepsMax = 12
    /// How often neighbours try to change places after each sweep, and at the end.
    private static let exchangesMax = 2
    private static let lastExchangesMax = 8

    init(_ layering: Layering) {
        self.layering = layering
        rows = layering.rows
        above = Array(repeating: [], count: layering.items.count)
        below = above
        places = Array(repeating: 0, count: layering.items.count)
        for joints in layering.joints(forOrder: true) {
            for joint in joints {
                guard joint.rank != Layering.pull else {
                    pulls[joint.upper, default: []].append(joint.lower)
                    continue
                }
                above[joint.lower].append(joint.upper)
                below[joint.upper].append(joint.lower)
            }
        }
        units = layering.rows.map { row in row.filter { layering.items[$0].beside == nil } }
        groups = Array(repeating: [], count: layering.items.count)
        let spans = layering.lanes.map { $0.bottom - $0.top }
        var besides: [Int: (left: [Int], right: [Int])] = [:]
        for (index, item) in layering.items.enumerated() {
            guard let beside = item.beside else { continue }
            var both = besides[beside.box] ?? ([], [])
            if beside.isRight { both.right.append(index) } else { both.left.append(index) }
            besides[beside.box] = both
        }
        func span(_ item: Int) -> (Int, Int) { (layering.items[item].lane.map { spans[$0] } ?? 0, item) }
        for (box, both) in besides {
            groups[box] =
                both.left.sorted { span($0) > span($1) } + [box] + both.right.sorted { span($0) < span($1) }
        }
        for layer in rows.indices { put(layer) }
    }

    /// Sorts and exchanges until that is no use, and keeps the best that was found.
    mutating func improve() {
        var best = units
        var least = crossings()
        var idle = 0
        for sweep in 0..<Self.sweepsMax where least > 0 || sweep < 2 {
            let isDown = sweep % 2 == 0
            for layer in isDown ? Array(rows.indices) : rows.indices.reversed() { sort(layer, isDown) }
            exchange(Self.exchangesMax)
            let count = crossings()
            if count < least {
                (least, best, idle) = (count, units, 0)
            } else {
                idle += 1
                if idle == 3 { break }
            }
        }
        units = best
        for layer in rows.indices { put(layer) }
        exchange(Self.lastExchangesMax)
        gatherKin()
    }

    /// Brings slots side by side that lead to the same box or come from the same box, where that costs no crossing:
    /// they become one line.
    private mutating func gatherKin() {
        let (best, least) = (units, crossings())
        for _ in 0..<Self.lastExchangesMax {
            var hasChanged = false
            for layer in rows.indices where units[layer].count > 2 {
                for place in 1..<(units[layer].count - 1) {
                    let (before, here, after) =
                        (units[layer][place - 1], units[layer][place], units[layer][place + 1])
                    let joinsLeft = areKin(before, after) && !areKin(before, here)
                    guard joinsLeft, gain(here, after) >= 0 else { continue }
                    units[layer].swapAt(place, place + 1)
                    hasChanged = true
                }
                put(layer)
            }
            exchange(1)
            guard hasChanged else { break }
        }
        guard crossings() > least else { return }
        units = best
        for layer in rows.indices { put(layer) }
    }

    private func areKin(_ first: Int, _ second: Int) -> Bool {
        let (items, links) = (layering.items, layering.links)
        guard items[first].lane == nil, items[second].lane == nil, let one = items[first].links.first,
            let other = items[second].links.first
        else { return false }
        return links[one].from == links[other].from || links[one].to == links[other].to
    }

    // MARK: Units

    /// Writes a layer's units out.
    private mutating func put(_ layer: Int) {
        var place = 0
        for unit in units[layer] {
            if groups[unit].isEmpty {
                rows[layer][place] = unit
                places[unit] = place
                place += 1
            } else {
                for item in groups[unit] {
                    rows[layer][place] = item
                    places[item] = place
                    place += 1
                }
            }
        }
    }

    // MARK: Sweeps

    private mutating func sort(_ layer: Int, _ isDown: Bool) {
        let row = units[layer]
        let wishes = row.map { unit -> Double in
            var sum = 0
            var count = 0
            func add(_ item: Int) {
                for other in isDown ? above[item] : below[item] {
                    sum += places[other]
                    count += 1
                }
                guard !isDown, let pulls = pulls[item] else { return }
                for other in pulls {
                    sum += places[other]
                    count += 1
                }
            }
            if groups[unit].isEmpty { add(unit) } else { groups[unit].forEach(add) }
            return count == 0 ? -1 : Double(sum) / Double(count)
        }
        // What is joined to nothing on that side stays where it is; the others are sorted around it.
        let free = row.indices.filter { wishes[$0] >= 0 }
        let sorted = free.sorted { (wishes[$0], $0) < (wishes[$1], $1) }
        for (place, from) in zip(free, sorted) { units[layer][place] = row[from] }
        put(layer)
    }

    /// Lets neighbours change places while that makes fewer crossings.
    private mutating func exchange(_ timesMax: Int) {
        for _ in 0..<timesMax {
            var hasChanged = false
            for layer in rows.indices where units[layer].count > 1 {
                var isMoved = false
                for place in 0..<(units[layer].count - 1)
                where gain(units[layer][place], units[layer][place + 1]) > 0 {
                    units[layer].swapAt(place, place + 1)
                    isMoved = true
                }
                guard isMoved else { continue }
                put(layer)
                hasChanged = true
            }
            guard hasChanged else { return }
        }
    }

    /// How many crossings fewer there are with two neighbours the other way round.
    private func gain(_ left: Int, _ right: Int) -> Int {
        if groups[left].isEmpty, groups[right].isEmpty { return itemGain(left, right) }
        var gain = 0
        for first in groups[left].isEmpty ? [left] : groups[left] {
            for second in groups[right].isEmpty ? [right] : groups[right] { gain += itemGain(first, second) }
        }
        return gain
    }

    private func itemGain(_ left: Int, _ right: Int) -> Int {
        var gain = 0
        for first in above[left] {
            for second in above[right] { gain += (places[first] - places[second]).signum() }
        }
        for first in below[left] {
            for second in below[right] { gain += (places[first] - places[second]).signum() }
        }
        return gain
    }

    // MARK: Crossings

    /// How often edges cross between layers.
    func crossings() -> Int {
        var total = 0
        for layer in rows.indices.dropLast() {
            // Ends below in the order of the ends above: each pair that is out of order crosses.
            let width = rows[layer + 1].count
            var tree = Array(repeating: 0, count: width + 1)
            var seen = 0
            for item in rows[layer] {
                for other in below[item] {
                    var index = places[other] + 1
                    var notRight = 0
                    while index > 0 {
                        notRight += tree[index]
                        index -= index & -index
                    }
                    total += seen - notRight
                }
                for other in below[item] {
                    var index = places[other] + 1
                    while index <= width {
                        tree[index] += 1
                        index += index & -index
                    }
                }
                seen += below[item].count
            }
        }
        return total
    }
}
