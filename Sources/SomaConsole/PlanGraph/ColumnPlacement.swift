import SomaTerminal

/// Gives each item of a layered graph its column, after Brandes and Köpf: items are aligned with what they are
/// joined to, four times from each corner, and the straightest and narrowest outcome is taken.
///
/// A column is that of an item's port, where edges come in and go out: the middle of a box, the line of a slot.
struct ColumnPlacement {
    /// The port's column of each item.
    private(set) var places: [Int]

    private let layering: Layering
    private let joints: [[Layering.Joint]]
    /// Columns that an item takes to the left and right of its port.
    private let extents: [(left: Int, right: Int)]
    private let gap: Int
    /// Joints that must not be straightened, because a more important one is in the way.
    private var conflicts: Set<Layering.Joint> = []

    init(_ layering: Layering, sizes: [Size], gap: Int) {
        self.layering = layering
        self.gap = gap
        joints = layering.joints()
        extents = Self.extents(layering, sizes)
        places = Array(repeating: 0, count: layering.items.count)
        findConflicts()
        var candidates: [[Int]] = []
        for isDown in [true, false] {
            for isLeft in [true, false] { candidates.append(compacted(aligned(isDown, isLeft), isLeft)) }
        }
        candidates.append(balanced(candidates))
        var best: (cost: Int, places: [Int])?
        for candidate in candidates.reversed() {
            let cost = cost(candidate)
            if let known = best, known.cost <= cost { continue }
            best = (cost, candidate)
        }
        places = best?.places ?? places
    }

    /// Labels stand to the right of a long edge's line, and between a box and its lane.
    private static func extents(_ layering: Layering, _ sizes: [Size]) -> [(left: Int, right: Int)] {
        var result: [(left: Int, right: Int)] = layering.items.indices.map { item in
            guard item < layering.count else { return (0, 0) }
            let columns = max(1, sizes[item].columns)
            return (columns / 2, columns - 1 - columns / 2)
        }
        for (index, chain) in layering.chains.enumerated() where chain.count > 2 {
            let label = layering.links[index].labelColumns
            // Where the edge is alone: a label beside a shared line would be about all that share it.
            guard label > 0,
                let slot = chain.dropFirst().dropLast().first(where: { layering.items[$0].links.count == 1 })
            else { continue }
            result[slot].right = max(result[slot].right, label + 2)
        }
        for lane in layering.lanes {
            for index in lane.links {
                let label = layering.links[index].labelColumns
                let from = layering.links[index].from
                let slot = lane.slot(layering.layers[from])
                // At the lane's end only what stands beside its box leaves at the side.
                let isEnd = layering.layers[from] == lane.bottom && from != lane.target
                guard label > 0, !isEnd || layering.items[slot].beside != nil else { continue }
                if lane.isRight {
                    result[slot].left = max(result[slot].left, label + 2)
                } else {
                    result[slot].right = max(result[slot].right, label + 2)
                }
            }
        }
        return result
    }

    /// How far two neighbours' ports are apart at least.
    private func distance(_ left: Int, _ right: Int) -> Int {
        let (isBox, isOther) = (left < layering.count, right < layering.count)
        let blank = isBox && isOther ? gap : isBox || isOther ? min(gap, 2) : 1
        return extents[left].right + 1 + blank + extents[right].left
    }

    // MARK: Conflicts

    private mutating func findConflicts() {
        var order = Array(repeating: 0, count: layering.items.count)
        for row in layering.rows { for (place, item) in row.enumerated() { order[item] = place } }
        for row in joints {
            for (index, first) in row.enumerated() {
                for second in row[(index + 1)...] where first.rank != second.rank {
                    let above = order[first.upper] - order[second.upper]
                    let below = order[first.lower] - order[second.lower]
                    // Two that cross, or that both would have the same item in line.
                    guard above.signum() * below.signum() <= 0 else { continue }
                    let isMain = max(first.rank, second.rank) == 2
                    guard isMain || above.signum() * below.signum() < 0 else { continue }
                    conflicts.insert(first.rank < second.rank ? first : second)
                }
            }
        }
    }

    // MARK: Alignment

    /// Chains of items in one line: the first of the chain, and the next one, of each.
    private struct Alignment {
        var root: [Int]
        var next: [Int]
    }

    private func aligned(_ isDown: Bool, _ isLeft: Bool) -> Alignment {
        let count = layering.items.count
        var order = Array(repeating: 0, count: count)
        for row in layering.rows { for (place, item) in row.enumerated() { order[item] = place } }
        var others: [[(item: Int, joint: Layering.Joint)]] = Array(repeating: [], count: count)
        for row in joints {
            for joint in row {
                if isDown {
                    others[joint.lower].append((joint.upper, joint))
                } else {
                    others[joint.upper].append((joint.lower, joint))
                }
            }
        }
        var result = Alignment(root: Array(0..<count), next: Array(0..<count))
        for row in isDown ? layering.rows : layering.rows.reversed() {
            var last = isLeft ? -1 : Int.max
            for item in isLeft ? row : row.reversed() {
                let near = others[item].sorted { order[$0.item] < order[$1.item] }
                guard !near.isEmpty else { continue }
                let (low, high) = ((near.count - 1) / 2, near.count / 2)
                for middle in isLeft ? [low, high] : [high, low] where result.next[item] == item {
                    let (other, joint) = near[middle]
                    let place = order[other]
                    guard !conflicts.contains(joint), isLeft ? place > last : place < last else { continue }
                    guard result.next[other] == result.root[other] else { continue }
                    result.next[other] = item
                    result.root[item] = result.root[other]
                    result.next[item] = result.root[item]
                    last = place
                }
            }
        }
        return result
    }

    // MARK: Compaction

    /// Places chains as far to one side as they go, then moves them towards their neighbours on the other.
    private func compacted(_ alignment: Alignment, _ isLeft: Bool) -> [Int] {
        let count = layering.items.count
        var befores: [[(item: Int, distance: Int)]] = Array(repeating: [], count: count)
        var afters = befores
        for row in layering.rows {
            for (left, right) in zip(row, row.dropFirst()) {
                let (first, second) = (alignment.root[left], alignment.root[right])
                let distance = distance(left, right)
                befores[second].append((first, distance))
                afters[first].append((second, distance))
            }
        }
        let (sources, targets) = isLeft ? (befores, afters) : (afters, befores)
        // Roots in an order in which everything that pushes comes first.
        var open = sources.map(\.count)
        var order = (0..<count).filter { alignment.root[$0] == $0 && open[$0] == 0 }
        var head = 0
        while head < order.count {
            for target in targets[order[head]] {
                open[target.item] -= 1
                if open[target.item] == 0 { order.append(target.item) }
            }
            head += 1
        }
        var shift = Array(repeating: 0, count: count)
        for root in order { shift[root] = sources[root].map { shift[$0.item] + $0.distance }.max() ?? 0 }
        for root in order.reversed() {
            guard let most = targets[root].map({ shift[$0.item] - $0.distance }).min(),
                !sources[root].isEmpty
            else { continue }
            shift[root] = max(shift[root], most)
        }
        for root in order.reversed() where sources[root].isEmpty {
            if let most = targets[root].map({ shift[$0.item] - $0.distance }).min() { shift[root] = most }
        }
        return (0..<count).map { isLeft ? shift[alignment.root[$0]] : -shift[alignment.root[$0]] }
    }

    /// The middle of four outcomes, all brought together with the narrowest.
    private func balanced(_ candidates: [[Int]]) -> [Int] {
        let ranges = candidates.map { range($0) }
        guard
            let narrowest = ranges.indices.min(by: {
                ranges[$0].upperBound - ranges[$0].lowerBound < ranges[$1].upperBound - ranges[$1].lowerBound
            })
        else { return places }
        let shifts = candidates.indices.map { index in
            index % 2 == 0
                ? ranges[narrowest].lowerBound - ranges[index].lowerBound
                : ranges[narrowest].upperBound - ranges[index].upperBound
        }
        return places.indices.map { item in
            let four = candidates.indices.map { candidates[$0][item] + shifts[$0] }.sorted()
            return (four[1] + four[2]) >> 1
        }
    }

    private func range(_ places: [Int]) -> ClosedRange<Int> {
        var (low, high) = (Int.max, Int.min)
        for (item, place) in places.enumerated() {
            low = min(low, place - extents[item].left)
            high = max(high, place + extents[item].right)
        }
        return low > high ? 0...0 : low...high
    }

    /// Bends cost the most, then the way across, then the width.
    private func cost(_ places: [Int]) -> Int {
        var cost = 0
        for row in joints {
            for joint in row {
                let across = abs(places[joint.upper] - places[joint.lower])
                guard across > 0 else { continue }
                cost += [0, 16, 40][joint.rank] + across
            }
        }
        let range = range(places)
        return cost + 2 * (range.upperBound - range.lowerBound)
    }
}
