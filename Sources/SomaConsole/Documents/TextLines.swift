import Glibc

/// A text cut into lines without making strings of them: only the lines that are asked for become text.
struct TextLines: Sendable {
    /// The text's UTF-8.
    let bytes: [UInt8]
    /// Where each line begins.
    private var starts: [UInt32] = []
    /// Lines that go on from the one before, because that would be too long: their numbers, in order.
    private var continuations: [UInt32] = []

    /// The longest line in bytes; longer ones go on in the next.
    static let lineBytesMax = 4_000

    /// Cuts a text. A line break at its end doesn't begin another line.
    init(_ text: String) {
        bytes = Array(text.utf8)
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var place = 0
            while place < buffer.count {
                let found = memchr(base + place, 0x0A, buffer.count - place)
                let end =
                    found.map { base.distance(to: $0.assumingMemoryBound(to: UInt8.self)) } ?? buffer.count
                starts.append(UInt32(place))
                while end - place > Self.lineBytesMax {
                    place = Self.cut(buffer, at: place + Self.lineBytesMax)
                    continuations.append(UInt32(starts.count))
                    starts.append(UInt32(place))
                }
                place = end + 1
            }
        }
    }

    var count: Int { starts.count }

    /// A line's bytes, without its line break.
    func range(of line: Int) -> Range<Int> {
        let start = Int(starts[line])
        guard line + 1 < starts.count else {
            return start..<trimmed(start, bytes.last == 0x0A ? bytes.count - 1 : bytes.count)
        }
        let next = Int(starts[line + 1])
        return isContinued(line + 1) ? start..<next : start..<trimmed(start, next - 1)
    }

    /// A line's text.
    subscript(line: Int) -> String { String(decoding: bytes[range(of: line)], as: UTF8.self) }

    /// A line's text, at most so many bytes of it.
    func prefix(of line: Int, _ count: Int) -> Substring {
        Substring(String(decoding: bytes[range(of: line).prefix(count)], as: UTF8.self))
    }

    /// Whether a line begins with ASCII.
    func line(_ line: Int, begins prefix: StaticString) -> Bool {
        let range = range(of: line)
        guard range.count >= prefix.utf8CodeUnitCount else { return false }
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            return memcmp(base + range.lowerBound, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
        }
    }

    /// A line's first byte; 0 where it is empty.
    func first(of line: Int) -> UInt8 {
        let range = range(of: line)
        return range.isEmpty ? 0 : bytes[range.lowerBound]
    }

    /// Whether a line goes on from the one before.
    func isContinued(_ line: Int) -> Bool {
        var (low, high) = (0, continuations.count)
        while low < high {
            let middle = (low + high) / 2
            if continuations[middle] < line { low = middle + 1 } else { high = middle }
        }
        return low < continuations.count && continuations[low] == line
    }

    private func trimmed(_ start: Int, _ end: Int) -> Int {
        end > start && bytes[end - 1] == 0x0D ? end - 1 : end
    }

    /// The last place up to one that begins a character.
    private static func cut(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
        var place = place
        while place > 0, bytes[place] & 0xC0 == 0x80 { place -= 1 }
        return place
    }
}
