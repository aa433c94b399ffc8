/// Finds the name that somebody probably meant.
public enum NearestName {
    /// The candidate with the fewest edits, if they are few for its length.
    public static func find(_ name: String, in candidates: [String]) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let scored = candidates.map {
            (name: $0, edits: edits(Array(name.lowercased()), Array($0.lowercased())))
        }
        guard let best = scored.min(by: { $0.edits < $1.edits }) else { return nil }
        return best.edits <= max(1, best.name.count / 3) ? best.name : nil
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
    private static func edits(_ left: [Character], _ right: [Character]) -> Int {
        var older: [Int] = []
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var best = min(
                    previous[column + 1] + 1,
                    current[column] + 1,
                    previous[column] + (left[row] == right[column] ? 0 : 1)
                )
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, older[column - 1] + 1)
                }
                current.append(best)
            }
            older = previous
            previous = current
        }
        return previous[right.count]
    }
}
