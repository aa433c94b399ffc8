/// Divides a rectangle into parts side by side or one above the other.
public enum Layout {
    /// Divides a rectangle into columns from left to right, with `gap` cells between them.
    public static func columns(_ rect: Rect, _ constraints: [Constraint], gap: Int = 0) -> [Rect] {
        var place = rect.column
        let widths = lengths(constraints, in: rect.columns, gap: gap)
        return widths.map { width in
            defer { place += width > 0 ? width + gap : 0 }
            return Rect(column: place, row: rect.row, columns: width, rows: rect.rows)
        }
    }

    /// Divides a rectangle into rows from top to bottom, with `gap` cells between them.
    public static func rows(_ rect: Rect, _ constraints: [Constraint], gap: Int = 0) -> [Rect] {
        var place = rect.row
        let heights = lengths(constraints, in: rect.rows, gap: gap)
        return heights.map { height in
            defer { place += height > 0 ? height + gap : 0 }
            return Rect(column: rect.column, row: place, columns: rect.columns, rows: height)
        }
    }

    /// Computes the length of each part; their sum with the gaps never exceeds `total`.
    ///
    /// Where the least lengths don't fit, parts of the lowest priority are left out (length 0), the last of equals
    /// first; one part always stays.
    public static func lengths(_ constraints: [Constraint], in total: Int, gap: Int = 0) -> [Int] {
        guard !constraints.isEmpty, total > 0 else { return constraints.map { _ in 0 } }
        var kept = Set(constraints.indices)
        func needed() -> Int {
            kept.reduce(0) { $0 + constraints[$1].least } + gap * max(0, kept.count - 1)
        }
        while kept.count > 1, needed() > total {
            let victim = kept.min { left, right in
                let first = constraints[left].priority
                let second = constraints[right].priority
                return first == second ? left > right : first < second
            }
            guard let victim else { break }
            kept.remove(victim)
        }
        let order = kept.sorted()
        var result = constraints.map { _ in 0 }
        var rest = total - gap * (order.count - 1)
        for index in order {
            result[index] = min(constraints[index].least, rest)
            rest -= result[index]
        }
        // Wishes in order of priority, then what is left by weight.
        for index in order.sorted(by: { constraints[$0].priority > constraints[$1].priority }) {
            guard case .percentage(let percent) = constraints[index].want else { continue }
            let wish = min(constraints[index].most, max(result[index], total * percent / 100)) - result[index]
            let given = min(max(0, wish), rest)
            result[index] += given
            rest -= given
        }
        share(&rest, among: order, constraints, &result)
        return result
    }

    /// Hands out what is left by weight; a part that reaches its most leaves its share to the others.
    private static func share(
        _ rest: inout Int,
        among order: [Int],
        _ constraints: [Constraint],
        _ result: inout [Int]
    ) {
        var open = order.filter { index in
            if case .fill(let weight) = constraints[index].want { return weight > 0 }
            return false
        }
        func weight(_ index: Int) -> Int {
            if case .fill(let weight) = constraints[index].want { return weight }
            return 0
        }
        let floor = Dictionary(uniqueKeysWithValues: open.map { ($0, result[$0]) })
        rest += floor.values.reduce(0, +)
        for index in open { result[index] = 0 }
        // First settle the parts that a plain share would take below their least or above their most.
        var settled = true
        while settled, !open.isEmpty {
            settled = false
            let weights = open.reduce(0) { $0 + weight($1) }
            for index in open {
                let fair = rest * weight(index) / weights
                let least = floor[index] ?? 0
                let bound =
                    fair < least ? least : fair > constraints[index].most ? constraints[index].most : nil
                if let bound {
                    result[index] = min(bound, rest)
                    rest -= result[index]
                    open.removeAll { $0 == index }
                    settled = true
                    break
                }
            }
        }
        var weights = open.reduce(0) { $0 + weight($1) }
        for index in open {
            let part = rest * weight(index) / weights
            result[index] = part
            rest -= part
            weights -= weight(index)
        }
    }
}
