/// What is different between two texts, word by word.
package enum WordDiff {
    /// A stretch of text and where it is.
    package struct Part: Sendable, Hashable {
        /// Where a stretch is.
        package enum Place: Sendable, Hashable { case both, left, right }

        package var text: String
        package var place: Place

        package init(_ text: String, _ place: Place) {
            self.text = text
            self.place = place
        }
    }

    /// Up to how many words that differ are aligned; more are shown as a whole.
    static let wordsMax = 400

    /// Both texts in one: first what is in the left only, then what is in the right only.
    package static func parts(_ left: String, _ right: String) -> [Part] {
        var (first, second) = (words(left)[...], words(right)[...])
        var parts: [Part] = []
        func add(_ text: Substring, _ place: Part.Place) {
            if let last = parts.last, last.place == place {
                parts[parts.count - 1].text += text
            } else {
                parts.append(Part(String(text), place))
            }
        }
        while let one = first.first, one == second.first {
            add(one, .both)
            first.removeFirst()
            second.removeFirst()
        }
        var tail: [Substring] = []
        while let one = first.last, one == second.last {
            tail.append(one)
            first.removeLast()
            second.removeLast()
        }
        let ours = Array(first)
        let theirs = Array(second)
        var kept: [(Int, Int)] = []
        if ours.count <= wordsMax, theirs.count <= wordsMax { kept = common(ours, theirs) }
        var (nextLeft, nextRight) = (0, 0)
        for (place, other) in kept + [(ours.count, theirs.count)] {
            for word in ours[nextLeft..<place] { add(word, .left) }
            for word in theirs[nextRight..<other] { add(word, .right) }
            if place < ours.count { add(ours[place], .both) }
            (nextLeft, nextRight) = (place + 1, other + 1)
        }
        for word in tail.reversed() { add(word, .both) }
        return parts
    }

    /// Runs of letters and digits, and every other character by itself.
    static func words(_ text: String) -> [Substring] {
        var words: [Substring] = []
        var rest = text[...]
        while let first = rest.first {
            let isWord = first.isLetter || first.isNumber
            let word = isWord ? rest.prefix { $0.isLetter || $0.isNumber } : rest.prefix(1)
            words.append(word)
            rest = rest.dropFirst(word.count)
        }
        return words
    }

    /// The longest common subsequence.
    private static func common(_ left: [Substring], _ right: [Substring]) -> [(Int, Int)] {
        let width = right.count + 1
        var lengths = [Int32](repeating: 0, count: (left.count + 1) * width)
        for row in stride(from: left.count - 1, through: 0, by: -1) {
            for column in stride(from: right.count - 1, through: 0, by: -1) {
                let place = row * width + column
                lengths[place] =
                    left[row] == right[column]
                    ? lengths[place + width + 1] + 1 : max(lengths[place + width], lengths[place + 1])
            }
        }
        var kept: [(Int, Int)] = []
        var (row, column) = (0, 0)
        while row < left.count, column < right.count {
            if left[row] == right[column] {
                kept.append((row, column))
                row += 1
                column += 1
            } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
                row += 1
            } else {
                column += 1
            }
        }
        return kept
    }
}
