/// What .gitignore and .ignore files say, one level per folder.
struct IgnoreRules: Sendable {
    /// A hostile repository must not make every file cost a million comparisons.
    static let patternsMax = 2_000
    static let fileBytesMax = 256 << 10

    private struct Rule: Sendable {
        let pattern: GlobPattern
        let isException: Bool
        /// How many names the path of the folder has that the rule belongs to.
        let depth: Int
    }

    private var rules: [Rule] = []

    /// Adds the lines of an ignore file that stands `depth` folders below the start. Bad patterns fit nothing.
    mutating func add(_ bytes: [UInt8], depth: Int) {
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: true) {
            guard rules.count < Self.patternsMax else { return }
            var text = String(decoding: line, as: UTF8.self)
            if text.last == "\r" { text.removeLast() }
            while text.hasSuffix(" "), !text.hasSuffix("\\ ") { text.removeLast() }
            guard !text.isEmpty, !text.hasPrefix("#") else { continue }
            let isException = text.hasPrefix("!")
            if isException { text.removeFirst() }
            if text.hasPrefix("\\#") || text.hasPrefix("\\!") { text.removeFirst() }
            guard let pattern = try? GlobPattern(text) else { continue }
            rules.append(Rule(pattern: pattern, isException: isException, depth: depth))
        }
    }

    /// Whether an entry is ignored: the last rule that fits decides.
    func ignores(_ path: WorkspacePath, isFolder: Bool) -> Bool {
        guard let name = path.name else { return false }
        if name == ".git" { return true }
        // Rules of one folder stand together, and need the same path.
        var known: (depth: Int, text: String)?
        func text(below depth: Int) -> String {
            if let known, known.depth == depth { return known.text }
            let text = path.components.dropFirst(depth).joined(separator: "/")
            known = (depth, text)
            return text
        }
        for rule in rules.reversed() {
            let fits = rule.pattern.matches(name: name, path: text(below: rule.depth), isFolder: isFolder)
            if fits { return !rule.isException }
        }
        return false
    }
}
