import SomaTerminal

/// Gives each item of a layered graph its column, so that edges are as straight as they can be.
struct ColumnPlacement {
    private let layering: Layering
    private let widths: [Layering.Item: Int]
    /// The leftmost column of each item.
    private(set) var lefts: [Layering.Item: Int] = [:]

    /// Blank columns between neighbours.
    static let gap = 3
    private static let sweeps = 6

    init(_ layering: Layering, sizes: [Size]) {
        self.layering = layering
        var widths: [Layering.Item: Int] = [:]
        for row in layering.rows {
            for item in row {
                switch item {
                case .box(let box): widths[item] = max(1, sizes[box].columns)
                case .slot(let link, _):
                    let label = layering.links[link].labelColumns
                    widths[item] = label > 0 ? label + 2 : 1
                }
            }
        }
        self.widths = widths
    }

    /// The column where edges enter and leave an item: a box's middle, a slot's left.
    func port(_ item: Layering.Item) -> Int {
        let left = lefts[item] ?? 0
        if case .slot = item { return left }
        return left + (widths[item] ?? 1) / 2
    }

    /// The columns of the widest layer's right end.
    var end: Int { lefts.map { $0.value + (widths[$0.key] ?? 1) }.max() ?? 0 }

    mutating func place() {
        for row in layering.rows {
            var column = 0
            for item in row {
                lefts[item] = column
                column += (widths[item] ?? 1) + Self.gap
            }
        }
        let joints = layering.joints()
        for sweep in 0..<Self.sweeps {
            let isDown = sweep % 2 == 0
            let order =
                isDown
                ? Array(layering.rows.indices.dropFirst())
                : Array(layering.rows.indices.dropLast().reversed())
            for layer in order {
                var wishes: [Layering.Item: [(port: Int, weight: Int)]] = [:]
                for joint in joints[isDown ? layer - 1 : layer] {
                    let (here, there) = isDown ? (joint.lower, joint.upper) : (joint.upper, joint.lower)
                    wishes[here, default: []].append((port(there), weight(here, there)))
                }
                settle(layering.rows[layer], wishes)
            }
        }
        let least = lefts.values.min() ?? 0
        for item in lefts.keys { lefts[item, default: 0] -= least }
    }

    /// Box under box and slot under slot matter most: they make the long straight lines.
    private func weight(_ first: Layering.Item, _ second: Layering.Item) -> Int {
        switch (first, second) {
        case (.box, .box), (.slot, .slot): 2
        default: 1
        }
    }

    /// Moves a layer's items to where they want to be, keeping their order and the gaps.
    private mutating func settle(
        _ row: [Layering.Item],
        _ wishes: [Layering.Item: [(port: Int, weight: Int)]]
    ) {
        let wanted = row.map { item in
            guard let all = wishes[item], let best = all.map(\.weight).max() else { return lefts[item] ?? 0 }
            let ports = all.filter { $0.weight == best }.map(\.port)
            let middle = ports.reduce(0, +) / ports.count
            return middle - (port(item) - (lefts[item] ?? 0))
        }
        // From the left nobody stands too far left, from the right nobody too far right; between both is fair,
        // and keeps the gaps because both do.
        var fromLeft = wanted
        var fromRight = wanted
        for index in row.indices.dropFirst() {
            let least = fromLeft[index - 1] + (widths[row[index - 1]] ?? 1) + Self.gap
            fromLeft[index] = max(wanted[index], least)
        }
        for index in row.indices.dropLast().reversed() {
            let most = fromRight[index + 1] - (widths[row[index]] ?? 1) - Self.gap
            fromRight[index] = min(wanted[index], most)
        }
        let boxes = row.indices.filter { if case .box = row[$0] { true } else { false } }
        guard boxes.count == 1, let box = boxes.first else {
            for (index, item) in row.enumerated() {
                lefts[item] = (fromLeft[index] + fromRight[index]).halved
            }
            return
        }
        // A box alone stands where it wants to, and the edges that pass make room: the way ahead stays straight.
        lefts[row[box]] = wanted[box]
        for index in row.indices[box...].dropFirst() {
            let least = (lefts[row[index - 1]] ?? 0) + (widths[row[index - 1]] ?? 1) + Self.gap
            lefts[row[index]] = max(wanted[index], least)
        }
        for index in row.indices[..<box].reversed() {
            let most = (lefts[row[index + 1]] ?? 0) - (widths[row[index]] ?? 1) - Self.gap
            lefts[row[index]] = min(wanted[index], most)
        }
    }
}

extension Int {
    /// Half, rounded down for negative numbers too.
    fileprivate var halved: Int { self >> 1 }
}
