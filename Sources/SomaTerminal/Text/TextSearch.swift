/// Finds a text in lines; a needle without capitals matches either case.
public struct TextSearch: Sendable, Hashable {
    private let needle: [Character]
    private let minds: Bool

    /// Most hits in one line that are reported.
    public static let hitsMax = 1_000

    /// Makes a search; an empty needle finds nothing.
    public init(_ needle: String) {
        minds = needle.contains { $0.isUppercase }
        self.needle = Array(minds ? needle : needle.lowercased())
    }

    /// The places of the needle, in characters from the start of the line, without overlaps.
    public func ranges(in line: String) -> [Range<Int>] {
        guard !needle.isEmpty else { return [] }
        let hay =
            minds
            ? Array(line) : line.map { $0.isASCII ? Character($0.lowercased()) : $0.lowercased().first ?? $0 }
        guard hay.count >= needle.count else { return [] }
        var result: [Range<Int>] = []
        var index = 0
        while index <= hay.count - needle.count, result.count < TextSearch.hitsMax {
            if hay[index] == needle[0], hay[index..<(index + needle.count)].elementsEqual(needle) {
                result.append(index..<(index + needle.count))
                index += needle.count
            } else {
                index += 1
            }
        }
        return result
    }
}
