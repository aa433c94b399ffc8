/// The rows of one channel: which horizontal stretches there are between two layers, and which row each gets.
///
/// Edges that leave the same item, or enter the same item, share a stretch: a net. Nets whose stretches meet get
/// rows of their own. Where one net comes down a column that another one goes down further below, the first needs
/// the lower row; where nets ask that of each other, one of them swerves to a free column.
struct ChannelTracks {
    /// What edges of a net have in common.
    enum Key: Hashable {
        case leaving(Int)
        case entering(Int)
        case lane(Int)
        /// The last stretch of a net that swerves, by the net and the item that it enters.
        case swerve(net: Int, item: Int)
    }

    /// Edges that share a stretch.
    private struct Net {
        var key: Key
        /// Columns in which it is joined to the layer above, by item.
        var ups: [Int: Int] = [:]
        /// Columns in which it is joined to the layer below, by item.
        var lows: [Int: Int] = [:]
        var track = 0

        var columns: ClosedRange<Int> {
            let all = Array(ups.values) + Array(lows.values)
            return (all.min() ?? 0)...(all.max() ?? 0)
        }
        /// Whether it is one straight line that needs no row.
        var isStraight: Bool { columns.count == 1 && !ups.isEmpty && !lows.isEmpty }
    }

    /// How many rows there are.
    private(set) var count = 0
    private var nets: [Net] = []
    private var places: [Key: Int] = [:]
    /// Where a net swerves on its way to an item.
    private var swerves: [Swerve: Int] = [:]

    private struct Swerve: Hashable {
        var net: Int
        var item: Int
    }

    // MARK: What there is

    /// Adds a way from a column of the layer above to one of the layer below.
    mutating func join(_ key: Key, upper: (item: Int, column: Int), lower: (item: Int, column: Int)) {
        let net = net(key)
        nets[net].ups[upper.item] = upper.column
        nets[net].lows[lower.item] = lower.column
    }

    /// Adds a turn between two columns of the layer above.
    mutating func turn(_ key: Key, above first: (item: Int, column: Int), _ second: (item: Int, column: Int))
    {
        let net = net(key)
        nets[net].ups[first.item] = first.column
        nets[net].ups[second.item] = second.column
    }

    /// Adds a turn between two columns of the layer below.
    mutating func turn(_ key: Key, below first: (item: Int, column: Int), _ second: (item: Int, column: Int))
    {
        let net = net(key)
        nets[net].lows[first.item] = first.column
        nets[net].lows[second.item] = second.column
    }

    private mutating func net(_ key: Key) -> Int {
        if let known = places[key] { return known }
        nets.append(Net(key: key))
        places[key] = nets.count - 1
        return nets.count - 1
    }

    // MARK: What comes of it

    /// The corners that a way of a net makes from a column above down to an item: track and column, in order.
    func corners(_ key: Key, from start: Int, to item: Int) -> [Corner] {
        guard let index = places[key], let end = nets[index].lows[item] else { return [] }
        let drop = drop(index, item)
        return start == end
            ? Array(drop.dropFirst()) : [Corner(track: nets[index].track, column: start)] + drop
    }

    /// The corners of a way of a net that comes up from one item and goes down to another.
    func corners(_ key: Key, between first: Int, and second: Int) -> [Corner] {
        guard let index = places[key] else { return [] }
        return drop(index, first).reversed() + drop(index, second)
    }

    /// From a net's row down to an item of the layer below.
    private func drop(_ net: Int, _ item: Int) -> [Corner] {
        guard let end = nets[net].lows[item] else { return [] }
        var result = [Corner(track: nets[net].track, column: end)]
        if let column = swerves[Swerve(net: net, item: item)],
            let last = places[.swerve(net: net, item: item)]
        {
            result += [
                Corner(track: nets[last].track, column: end), Corner(track: nets[last].track, column: column),
            ]
        }
        return result
    }

    /// Where a way bends.
    struct Corner {
        /// The row, counted from the channel's first.
        var track: Int
        var column: Int
    }

    /// The row of a net that has one.
    func track(_ key: Key) -> Int { places[key].map { nets[$0].track } ?? 0 }

    // MARK: Rows

    /// Gives each net its row.
    mutating func assign() {
        guard nets.contains(where: { !$0.isStraight }) else { return }
        resolveCircles()
        let rows = nets.indices.filter { !nets[$0].isStraight }
        let after = constraints()
        var waits = Array(repeating: 0, count: nets.count)
        for index in rows { for later in after[index] { waits[later] += 1 } }
        let shapes = nets.map { Shape($0) }
        // How many more crossings there are with a net above all others that are still open than below them.
        var burdens = Array(repeating: 0, count: nets.count)
        for first in rows {
            for second in rows where second != first {
                burdens[first] += shapes[first].burden(above: shapes[second])
            }
        }
        var open = rows
        var placed: [Int] = []
        while !open.isEmpty {
            // With nothing ready there is a circle that could not be resolved: take any, so as to come to an end.
            let ready = open.filter { waits[$0] == 0 }
            let choices = ready.isEmpty ? open : ready
            let next = choices.min { (burdens[$0], $0) < (burdens[$1], $1) } ?? open[0]
            open.removeAll { $0 == next }
            for later in after[next] { waits[later] -= 1 }
            for other in open { burdens[other] -= shapes[other].burden(above: shapes[next]) }
            var track = 0
            for other in placed {
                // One blank between neighbours in a row, so that they don't look like one.
                let isNear =
                    shapes[other].low <= shapes[next].high + 1 && shapes[next].low <= shapes[other].high + 1
                if isNear || after[other].contains(next) { track = max(track, nets[other].track + 1) }
            }
            nets[next].track = track
            placed.append(next)
        }
        count = rows.map { nets[$0].track + 1 }.max() ?? 0
    }

    /// A net's columns, for counting.
    private struct Shape {
        var ups: [Int]
        var lows: [Int]
        var low: Int
        var high: Int

        init(_ net: Net) {
            ups = Array(net.ups.values)
            lows = Array(net.lows.values)
            low = min(ups.min() ?? .max, lows.min() ?? .max)
            high = max(ups.max() ?? .min, lows.max() ?? .min)
        }

        /// The crossings with another net below this one, less those with it above.
        func burden(above other: Shape) -> Int {
            guard low < other.high, other.low < high else { return 0 }
            return inside(lows, other) + inside(other.ups, self) - inside(ups, other)
                - inside(other.lows, self)
        }

        private func inside(_ columns: [Int], _ shape: Shape) -> Int {
            var count = 0
            for column in columns where column > shape.low && column < shape.high { count += 1 }
            return count
        }
    }

    /// For each net those that must be below it: they come down a column that this one has above.
    private func constraints() -> [[Int]] {
        var upper: [Int: [Int]] = [:]
        for (index, net) in nets.enumerated() where !net.isStraight {
            for column in Set(net.ups.values) { upper[column, default: []].append(index) }
        }
        var after: [[Int]] = Array(repeating: [], count: nets.count)
        for (index, net) in nets.enumerated() where !net.isStraight {
            for column in Set(net.lows.values) {
                for other in upper[column] ?? [] where other != index && !after[other].contains(index) {
                    if case .swerve(index, _) = nets[other].key { continue }
                    after[other].append(index)
                }
            }
        }
        // A net enters its item below what leaves by the column that it swerved to, and after its own first part.
        for (swerve, _) in swerves {
            guard let last = places[.swerve(net: swerve.net, item: swerve.item)] else { continue }
            if !after[swerve.net].contains(last) { after[swerve.net].append(last) }
        }
        return after
    }

    /// Lets nets that ask each other for the lower row swerve, until none do.
    private mutating func resolveCircles() {
        for _ in 0..<(4 * nets.count + 4) {
            let after = constraints()
            guard let (above, below) = circle(after) else { return }
            let columns = Set(nets[above].ups.values)
            guard
                let (item, column) = nets[below].lows.filter({ columns.contains($0.value) }).min(by: {
                    $0 < $1
                })
            else { return }
            let free = freeColumn(beside: column, towards: nets[below].columns)
            nets[below].lows[item] = free
            swerves[Swerve(net: below, item: item)] = column
            let key = Key.swerve(net: below, item: item)
            let last = net(key)
            nets[last].ups[-1] = free
            nets[last].lows[item] = column
        }
    }

    /// A constraint that closes a circle: the net above and the net below.
    private func circle(_ after: [[Int]]) -> (above: Int, below: Int)? {
        enum Mark { case new, open, done }
        var marks = Array(repeating: Mark.new, count: nets.count)
        for root in nets.indices where marks[root] == .new {
            var path: [(net: Int, next: Int)] = [(root, 0)]
            marks[root] = .open
            while let (net, next) = path.last {
                guard next < after[net].count else {
                    marks[net] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let later = after[net][next]
                switch marks[later] {
                case .new:
                    marks[later] = .open
                    path.append((later, 0))
                case .open: return (net, later)
                case .done: break
                }
            }
        }
        return nil
    }

    private func freeColumn(beside column: Int, towards range: ClosedRange<Int>) -> Int {
        var taken: Set<Int> = []
        for net in nets { taken.formUnion(Array(net.ups.values) + Array(net.lows.values)) }
        let sign = range.upperBound - column >= column - range.lowerBound ? 1 : -1
        for distance in 1... {
            for candidate in [column + sign * distance, column - sign * distance]
            where !taken.contains(candidate) { return candidate }
        }
        return column
    }
}
