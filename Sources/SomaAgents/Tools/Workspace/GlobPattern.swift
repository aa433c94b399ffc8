import SomaCore

/// A file name pattern with the meaning that .gitignore gives it.
///
/// `*` and `?` stay within a name, `**` crosses folders, a pattern without a slash (but at its end) fits at every
/// depth. Compiled into the linear-time matcher, so that no pattern is slow.
struct GlobPattern: Sendable {
    private enum Shape: Sendable {
        case name(String)
        case suffix(String)
        case path(String)
        case regex(LinearRegex)
    }

    private let shape: Shape
    private let matchesName: Bool
    /// Whether it fits folders only (it ends with a slash).
    let foldersOnly: Bool

    init(_ text: String) throws(LinearRegexError) {
        var pattern = Substring(text)
        foldersOnly = pattern.hasSuffix("/")
        if foldersOnly { pattern = pattern.dropLast() }
        matchesName = !pattern.contains("/")
        if pattern.hasPrefix("/") { pattern = pattern.dropFirst() }
        let special: Set<Character> = ["*", "?", "[", "\\"]
        if !pattern.contains(where: special.contains) {
            shape = matchesName ? .name(String(pattern)) : .path(String(pattern))
        } else if matchesName, pattern.hasPrefix("*"), !pattern.dropFirst().contains(where: special.contains)
        {
            shape = .suffix(String(pattern.dropFirst()))
        } else {
            shape = .regex(try LinearRegex(node: Self.node(pattern), source: text))
        }
    }

    /// Whether it fits an entry: its name, and its path from the folder that the pattern belongs to.
    func matches(name: String, path: @autoclosure () -> String, isFolder: Bool) -> Bool {
        if foldersOnly, !isFolder { return false }
        switch shape {
        case .name(let wanted): return name == wanted
        case .suffix(let wanted): return name.hasSuffix(wanted)
        case .path(let wanted): return path() == wanted
        case .regex(let regex): return regex.matches(matchesName ? name : path())
        }
    }

    private static let notSlash = RegexClass.complement([0x2F...0x2F])
    private static let anything: [ClosedRange<UInt32>] = [0...0x10_FFFF]

    private static func node(_ pattern: Substring) -> RegexNode {
        let scalars = Array(pattern.unicodeScalars)
        var nodes: [RegexNode] = [.assertion(.start)]
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let atNameStart = index == 0 || scalars[index - 1] == "/"
            if scalar == "*", atNameStart, index + 1 < scalars.count, scalars[index + 1] == "*",
                index + 2 == scalars.count || scalars[index + 2] == "/"
            {
                let all = RegexNode.repeated(.scalars(anything), minimum: 0, maximum: nil)
                if index + 2 == scalars.count {
                    nodes.append(.repeated(.scalars(anything), minimum: 1, maximum: nil))
                    index += 2
                } else {
                    let folders = RegexNode.sequence([all, .scalars([0x2F...0x2F])])
                    nodes.append(.repeated(folders, minimum: 0, maximum: 1))
                    index += 3
                }
                continue
            }
            switch scalar {
            case "*": nodes.append(.repeated(.scalars(notSlash), minimum: 0, maximum: nil))
            case "?": nodes.append(.scalars(notSlash))
            case "[":
                if let (ranges, next) = bracket(scalars, from: index) {
                    nodes.append(.scalars(ranges))
                    index = next
                    continue
                }
                nodes.append(.scalars([scalar.value...scalar.value]))
            case "\\" where index + 1 < scalars.count:
                index += 1
                nodes.append(.scalars([scalars[index].value...scalars[index].value]))
            default: nodes.append(.scalars([scalar.value...scalar.value]))
            }
            index += 1
        }
        nodes.append(.assertion(.end))
        return .sequence(nodes)
    }

    private static func bracket(
        _ scalars: [Unicode.Scalar],
        from start: Int
    ) -> (ranges: [ClosedRange<UInt32>], next: Int)? {
        var index = start + 1
        var isNegated = false
        if index < scalars.count, scalars[index] == "!" || scalars[index] == "^" {
            isNegated = true
            index += 1
        }
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while index < scalars.count, scalars[index] != "]" || isFirst {
            isFirst = false
            if scalars[index] == "\\", index + 1 < scalars.count { index += 1 }
            let low = scalars[index].value
            var high = low
            if index + 2 < scalars.count, scalars[index + 1] == "-", scalars[index + 2] != "]" {
                high = scalars[index + 2].value
                index += 2
            }
            if low <= high { ranges.append(low...high) }
            index += 1
        }
        guard index < scalars.count else { return nil }
        let wanted = isNegated ? RegexClass.complement(ranges + [0x2F...0x2F]) : ranges
        return (wanted, index + 1)
    }
}
