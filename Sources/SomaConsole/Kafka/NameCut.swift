import SomaTerminal

/// Cuts a long name so that it can be told from those beside it in a sorted list.
///
/// Names of topics begin alike and end alike: what stands out is kept, which is the end, or else the place where a name
/// leaves its neighbours.
enum NameCut {
    /// Fewer columns hold too little of two pieces.
    private static let columnsMin = 12

    /// - Parameters:
    ///   - name: One line, safe to be shown.
    ///   - neighbours: Those right before and after it in the order of names.
    static func cut(_ name: String, beside neighbours: [String], to columns: Int, mark: Character) -> String {
        let bytes = Array(name.utf8)
        // Topics have letters, digits and three signs; in whatever else a column isn't a byte.
        let isPlain = bytes.allSatisfy { (0x20..<0x7F).contains($0) }
        guard bytes.count > columns, columns >= columnsMin, isPlain else {
            return SafeText.clip(name, to: columns, mark: mark)
        }
        let shared = neighbours.map { zip($0.utf8, bytes).prefix { $0 == $1 }.count }.max() ?? 0
        let head = columns / 2
        let tail = columns - head - 1
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let isHidden = shared >= head && shared < bytes.count - tail
        guard isHidden else { return text(0..<head) + String(mark) + text(bytes.count - tail..<bytes.count) }
        // A little of what is shared stands before, so that the eye finds the place.
        let place = max(head, shared - 2)
        return text(0..<head) + String(mark) + text(place..<place + tail - 1) + String(mark)
    }
}
