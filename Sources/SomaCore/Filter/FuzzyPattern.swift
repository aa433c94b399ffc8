/// Characters that must come in a text in their order, with others between them; says how well they do.
///
/// Without capitals, ASCII letters match in either case.
package struct FuzzyPattern: Sendable, Hashable {
    private let bytes: [UInt8]
    private let foldsCase: Bool

    /// The longest text that is looked through, in bytes; what is behind doesn't count.
    package static let textBytesMax = 4_096

    /// Makes a pattern; one without characters matches everything.
    package init(_ text: String) {
        foldsCase = !text.contains(where: \.isUppercase)
        bytes = Array(text.utf8)
    }

    /// How well a text matches: higher is better, `nil` is not at all.
    ///
    /// Characters that follow each other and those that begin a word count more, gaps count less. Linear in the
    /// text: once forwards for the first end, once backwards for the nearest beginning.
    package func score(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
        bytes.isEmpty ? 0 : range(in: text).map { score(text, $0) }
    }

    /// Where the characters are that make a text match.
    func places(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        guard !bytes.isEmpty, let range = range(in: text) else { return [] }
        var found: [Range<Int>] = []
        for index in range where found.count < bytes.count && isEqual(text[index], bytes[found.count]) {
            found.append(index..<(index + 1))
        }
        return found
    }

    /// From the first to the last character that matches.
    private func range(in text: UnsafeBufferPointer<UInt8>) -> ClosedRange<Int>? {
        let count = min(text.count, Self.textBytesMax)
        var wanted = 0
        var end = 0
        while end < count {
            if isEqual(text[end], bytes[wanted]) {
                wanted += 1
                if wanted == bytes.count { break }
            }
            end += 1
        }
        guard wanted == bytes.count else { return nil }
        var start = end
        wanted = bytes.count - 1
        while true {
            if isEqual(text[start], bytes[wanted]) {
                if wanted == 0 { break }
                wanted -= 1
            }
            start -= 1
        }
        return start...end
    }

    private func score(_ text: UnsafeBufferPointer<UInt8>, _ range: ClosedRange<Int>) -> Int {
        var score = 0
        var wanted = 0
        var previous: Int?
        for index in range where wanted < bytes.count && isEqual(text[index], bytes[wanted]) {
            score += 16
            if index == 0 || !Self.isWord(text[index - 1]) { score += 8 }
            if let previous {
                score += index == previous + 1 ? 12 : -min(index - previous, 8)
            }
            previous = index
            wanted += 1
        }
        return max(1, score - min(range.lowerBound, 16))
    }

    @inline(__always)
    private func isEqual(_ byte: UInt8, _ wanted: UInt8) -> Bool {
        (foldsCase ? ByteNeedle.folded(byte) : byte) == wanted
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte >= 0x80
    }
}
