/// Which steps of two runs belong together: in order, each step once, as many as can be found in bounded work.
///
/// Equal ends are taken first. What is between is cut at steps that are unique in both, and small pieces are aligned
/// best; long pieces without anything unique are aligned in windows. The same two runs the other way round give the
/// same, mirrored.
package enum Alignment {
    /// Two steps side by side, or one alone.
    package struct Pair: Sendable, Hashable {
        package var left: Int?
        package var right: Int?

        package init(left: Int?, right: Int?) {
            self.left = left
            self.right = right
        }
    }

    /// A step as it is compared: the same way, and the same in every respect.
    package struct Key: Sendable, Hashable, Comparable {
        /// Where and what.
        package var path: Int
        /// Where and what, with which arguments.
        package var whole: Int

        package init(path: Int, whole: Int) {
            self.path = path
            self.whole = whole
        }

        package static func < (left: Key, right: Key) -> Bool {
            (left.path, left.whole) < (right.path, right.whole)
        }
    }

    /// How many steps of each side a piece has at most that is aligned best.
    static let windowMax = 128
    /// How far a window moves on at least.
    private static let strideMin = 32
    /// How often pieces are cut at unique steps.
    private static let depthMax = 12

    /// Aligns two runs. Steps that stand alone side by side share a row.
    package static func pairs(_ left: [Key], _ right: [Key]) -> [Pair] {
        // One order for both directions.
        if right.lexicographicallyPrecedes(left) {
            return pairs(right, left).map { Pair(left: $0.right, right: $0.left) }
        }
        var aligner = Aligner(left: left, right: right)
        aligner.align(left.indices, right.indices, depth: 0)
        var pairs: [Pair] = []
        var (nextLeft, nextRight) = (0, 0)
        func alone(upTo endLeft: Int, _ endRight: Int) {
            let rows = max(endLeft - nextLeft, endRight - nextRight)
            for row in 0..<max(0, rows) {
                let (first, second) = (nextLeft + row, nextRight + row)
                pairs.append(
                    Pair(left: first < endLeft ? first : nil, right: second < endRight ? second : nil)
                )
            }
            (nextLeft, nextRight) = (endLeft, endRight)
        }
        for match in aligner.matches {
            alone(upTo: match.left, match.right)
            pairs.append(Pair(left: match.left, right: match.right))
            (nextLeft, nextRight) = (match.left + 1, match.right + 1)
        }
        alone(upTo: left.count, right.count)
        return pairs
    }

    private struct Aligner {
        let left: [Key]
        let right: [Key]
        var matches: [(left: Int, right: Int)] = []

        mutating func align(_ ours: Range<Int>, _ theirs: Range<Int>, depth: Int) {
            var (ours, theirs) = (ours, theirs)
            while let first = ours.first, let second = theirs.first, left[first] == right[second] {
                matches.append((first, second))
                ours = (first + 1)..<ours.upperBound
                theirs = (second + 1)..<theirs.upperBound
            }
            var tail: [(left: Int, right: Int)] = []
            while let first = ours.last, let second = theirs.last, left[first] == right[second] {
                tail.append((first, second))
                ours = ours.lowerBound..<first
                theirs = theirs.lowerBound..<second
            }
            if !ours.isEmpty, !theirs.isEmpty { alignMiddle(ours, theirs, depth) }
            matches += tail.reversed()
        }

        private mutating func alignMiddle(_ ours: Range<Int>, _ theirs: Range<Int>, _ depth: Int) {
            if ours.count <= windowMax, theirs.count <= windowMax { return alignBest(ours, theirs) }
            let anchors = depth < depthMax ? anchors(ours, theirs) : []
            guard !anchors.isEmpty else { return alignInWindows(ours, theirs) }
            var (nextLeft, nextRight) = (ours.lowerBound, theirs.lowerBound)
            for anchor in anchors {
                align(nextLeft..<anchor.left, nextRight..<anchor.right, depth: depth + 1)
                matches.append(anchor)
                (nextLeft, nextRight) = (anchor.left + 1, anchor.right + 1)
            }
            align(nextLeft..<ours.upperBound, nextRight..<theirs.upperBound, depth: depth + 1)
        }

        /// Steps that are unique on both sides, as many as are in the same order.
        private func anchors(_ ours: Range<Int>, _ theirs: Range<Int>) -> [(left: Int, right: Int)] {
            func unique(_ keys: [Key], _ range: Range<Int>) -> [Key: Int] {
                var places: [Key: Int] = [:]
                var repeated: Set<Key> = []
                for place in range where places.updateValue(place, forKey: keys[place]) != nil {
                    repeated.insert(keys[place])
                }
                for key in repeated { places[key] = nil }
                return places
            }
            let others = unique(right, theirs)
            let own = unique(left, ours)
            var candidates: [(left: Int, right: Int)] = []
            for place in ours where own[left[place]] == place {
                if let other = others[left[place]] { candidates.append((place, other)) }
            }
            return Self.longestRising(candidates)
        }

        /// The longest part in which the right side rises as well, by patience sorting.
        private static func longestRising(_ pairs: [(left: Int, right: Int)]) -> [(left: Int, right: Int)] {
            var tops: [Int] = []
            var before = [Int](repeating: -1, count: pairs.count)
            for (index, pair) in pairs.enumerated() {
                let pile = tops.partitioned { pairs[$0].right < pair.right }
                if pile > 0 { before[index] = tops[pile - 1] }
                if pile < tops.count { tops[pile] = index } else { tops.append(index) }
            }
            var rising: [(left: Int, right: Int)] = []
            var place = tops.last ?? -1
            while place >= 0 {
                rising.append(pairs[place])
                place = before[place]
            }
            return rising.reversed()
        }

        /// The best alignment of two small pieces: as many steps of the same way as can be, and of those the most
        /// that are the same in every respect.
        private mutating func alignBest(_ ours: Range<Int>, _ theirs: Range<Int>) {
            matches += best(ours, theirs)
        }

        private func best(_ ours: Range<Int>, _ theirs: Range<Int>) -> [(left: Int, right: Int)] {
            let (rows, columns) = (ours.count, theirs.count)
            var scores = [Int32](repeating: 0, count: (rows + 1) * (columns + 1))
            func worth(_ row: Int, _ column: Int) -> Int32 {
                let (first, second) = (left[ours.lowerBound + row], right[theirs.lowerBound + column])
                guard first.path == second.path else { return 0 }
                return first.whole == second.whole ? 1_025 : 1_024
            }
            for row in stride(from: rows - 1, through: 0, by: -1) {
                for column in stride(from: columns - 1, through: 0, by: -1) {
                    let place = row * (columns + 1) + column
                    var score = max(scores[place + columns + 1], scores[place + 1])
                    let gain = worth(row, column)
                    if gain > 0 { score = max(score, gain + scores[place + columns + 2]) }
                    scores[place] = score
                }
            }
            var found: [(left: Int, right: Int)] = []
            var (row, column) = (0, 0)
            while row < rows, column < columns {
                let place = row * (columns + 1) + column
                let gain = worth(row, column)
                if gain > 0, scores[place] == gain + scores[place + columns + 2] {
                    found.append((ours.lowerBound + row, theirs.lowerBound + column))
                    row += 1
                    column += 1
                } else if scores[place] == scores[place + columns + 1] {
                    row += 1
                } else {
                    column += 1
                }
            }
            return found
        }

        /// Long pieces without anything unique: window by window.
        private mutating func alignInWindows(_ ours: Range<Int>, _ theirs: Range<Int>) {
            var (ours, theirs) = (ours, theirs)
            while !ours.isEmpty, !theirs.isEmpty {
                let first = ours.lowerBound..<min(ours.upperBound, ours.lowerBound + windowMax)
                let second = theirs.lowerBound..<min(theirs.upperBound, theirs.lowerBound + windowMax)
                let found = best(first, second)
                let isLast = first.upperBound == ours.upperBound && second.upperBound == theirs.upperBound
                // What is near the window's end may have a better partner beyond it.
                let endLeft = first.lowerBound + windowMax - strideMin
                let endRight = second.lowerBound + windowMax - strideMin
                let kept = isLast ? found : found.filter { $0.left < endLeft && $0.right < endRight }
                matches += kept
                if isLast { return }
                let nextLeft = max((kept.last?.left ?? -1) + 1, first.lowerBound + strideMin)
                let nextRight = max((kept.last?.right ?? -1) + 1, second.lowerBound + strideMin)
                ours = min(nextLeft, ours.upperBound)..<ours.upperBound
                theirs = min(nextRight, theirs.upperBound)..<theirs.upperBound
            }
        }
    }
}
