/// Finds the name that somebody may have meant.
package enum NearestName {
    /// The candidate that needs the fewest changed letters; `nil` where more than a third would change.
    package static func find(_ name: String, among candidates: [String]) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(wanted, Array(candidate.lowercased().unicodeScalars.prefix(64)))
            if distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, wanted.count / 3) else { return nil }
        return best.name
    }

    /// Letters changed, added, left out, or swapped with their neighbour.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var above = Array(0...right.count)
        for (index, scalar) in left.enumerated() {
            var row = [index + 1]
            for column in right.indices {
                var best = min(above[column + 1], row[column]) + 1
                best = min(best, above[column] + (scalar == right[column] ? 0 : 1))
                if index > 0, column > 0, scalar == right[column - 1], left[index - 1] == right[column] {
                    best = min(best, before[column - 1] + 1)
                }
                row.append(best)
            }
            (before, above) = (above, row)
        }
        return above[right.count]
    }
}
