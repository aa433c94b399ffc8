extension LinearRegex {
    /// The largest machine whose places are told: a line on a screen isn't worth more.
    package static let placedStepsMax = 2_000

    /// Where the pattern matches in a short text: from the left, each match as long as it can be, none empty.
    ///
    /// Its cost is that of the text times itself times the pattern, so it is for a line that is shown, after
    /// `matches` has said that there is something to be found.
    package func places(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        guard program.steps.count <= Self.placedStepsMax else { return [] }
        var found: [Range<Int>] = []
        var start = 0
        while start < text.count {
            if text[start] & 0xC0 != 0x80, let end = end(of: start, in: text), end > start {
                found.append(start..<end)
                start = end
            } else {
                start += 1
            }
        }
        return found
    }

    /// Where the longest match that begins at a place ends.
    private func end(of start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int? {
        var current: Set<Int32> = [program.start]
        var longest: Int?
        var place = start
        while !current.isEmpty {
            var next: Set<Int32> = []
            for step in closure(current, at: place, in: text) {
                switch program.steps[Int(step)] {
                case .match: longest = place
                case .bytes(let low, let high, let following):
                    if place < text.count, low...max(low, high) ~= text[place], low <= high {
                        next.insert(following)
                    }
                case .fork, .assertion: break
                }
            }
            current = next
            place += 1
        }
        return longest
    }

    /// The steps that can be reached without a byte.
    private func closure(_ from: Set<Int32>, at place: Int, in text: UnsafeBufferPointer<UInt8>) -> Set<Int32>
    {
        var seen: Set<Int32> = []
        var open = Array(from)
        while let step = open.popLast() {
            guard seen.insert(step).inserted else { continue }
            switch program.steps[Int(step)] {
            case .fork(let first, let second): open += [first, second]
            case .assertion(let assertion, let next):
                if holds(assertion, at: place, in: text) { open.append(next) }
            case .bytes, .match: break
            }
        }
        return seen
    }

    private func holds(_ assertion: RegexAssertion, at place: Int, in text: UnsafeBufferPointer<UInt8>)
        -> Bool
    {
        func isWord(_ index: Int) -> Bool {
            text.indices.contains(index) && RegexClass.word.contains { $0.contains(UInt32(text[index])) }
        }
        let breaksLines = program.mode == .lines
        return switch assertion {
        case .start: place == 0 || (breaksLines && text[place - 1] == 0x0A)
        case .end: place == text.count || (breaksLines && text[place] == 0x0A)
        case .wordBoundary: isWord(place - 1) != isWord(place)
        case .noWordBoundary: isWord(place - 1) == isWord(place)
        }
    }
}
