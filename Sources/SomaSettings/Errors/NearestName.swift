/// Finds the valid word that a mistyped one was probably meant to be.
package enum NearestName {
    private static let scalarsMax = 64

    /// The closest candidate, or nil when none is closer than a third of the word's length (at least 2 edits).
    /// - Parameter candidates: Ties go to the first.
    package static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let folded = Array(word.lowercased().unicodeScalars.prefix(scalarsMax + 1))
        guard !folded.isEmpty, folded.count <= scalarsMax else { return nil }
        let limit = max(2, folded.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().unicodeScalars)
            let edits = distance(folded, other)
            // A word that shares nothing with the candidate is not a typing mistake.
            guard edits <= limit, edits < max(folded.count, other.count) else { continue }
            if edits < best?.distance ?? .max { best = (candidate, edits) }
        }
        return best?.name
    }

    /// Edits between two words, where swapping two neighbours counts as one.
    package static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let substitution = previous[column] + (left[row] == right[column] ? 0 : 1)
                var edits = min(substitution, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    edits = min(edits, beforePrevious[column - 1] + 1)
                }
                current.append(edits)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
