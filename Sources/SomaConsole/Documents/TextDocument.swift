import SomaTerminal

/// How much a change changes.
package struct DiffCounts: Sendable, Hashable {
    package var files = 0
    package var added = 0
    package var removed = 0
}

/// Lines as they are, of a log, or of a change.
struct TextDocument: Sendable {
    enum Style: Sendable { case plain, log, diff, changes }

    let lines: TextLines
    let style: Style
    /// For each line of a change what it is.
    private var marks: [Mark] = []
    private(set) var changes: DiffCounts?

    /// What a line of a change is.
    private enum Mark: UInt8, Sendable { case other, file, hunk, context, added, removed }

    /// How many lines apart a removed line and the one that replaces it may be.
    private static let pairDistanceMax = 64
    /// The longest lines that are compared word by word, in bytes.
    private static let comparedBytesMax = 1_000

    init(_ lines: TextLines, style: Style) {
        self.lines = lines
        self.style = style
        switch style {
        case .plain, .log: break
        case .diff: readDiff()
        case .changes: readChanges()
        }
    }

    var count: Int { lines.count }

    func line(_ line: Int) -> DocumentLine {
        switch style {
        case .plain: DocumentLine(lines[line])
        case .log: log(line)
        case .diff, .changes: change(line)
        }
    }

    private func log(_ line: Int) -> DocumentLine {
        let text = lines[line]
        guard !lines.isContinued(line) else { return DocumentLine(text) }
        let parts = LogLine(text)
        guard parts.isKnown else { return DocumentLine(text) }
        let characters = text.prefix(120)
        var spans: [DocumentLine.Span] = []
        var place = 0
        func take(to end: Int, _ role: ThemeRole) {
            guard end > place else { return }
            spans.append(.init(String(characters.dropFirst(place).prefix(end - place)), role))
            place = end
        }
        take(to: parts.time, .dim)
        if let level = parts.level {
            take(to: level.lowerBound, .text)
            take(to: level.upperBound, parts.isBad ? .bad : parts.isWarning ? .warning : .dim)
        }
        spans.append(.init(String(text.dropFirst(place))))
        return DocumentLine(spans)
    }

    // MARK: Changes

    private mutating func readDiff() {
        var counts = DiffCounts()
        var (old, new) = (0, 0)
        marks.reserveCapacity(lines.count)
        for line in 0..<lines.count {
            let mark: Mark
            if lines.isContinued(line) {
                mark = marks.last ?? .other
            } else if old > 0 || new > 0 {
                switch lines.first(of: line) {
                case UInt8(ascii: "+"):
                    mark = .added
                    new -= 1
                    counts.added += 1
                case UInt8(ascii: "-"):
                    mark = .removed
                    old -= 1
                    counts.removed += 1
                case UInt8(ascii: "\\"): mark = .other
                default:
                    mark = .context
                    old -= 1
                    new -= 1
                }
            } else if lines.line(line, begins: "@@ ") {
                (old, new) = Self.lengths(lines.prefix(of: line, 120))
                mark = .hunk
            } else if lines.line(line, begins: "+++ ") {
                mark = .file
                counts.files += 1
            } else if lines.line(line, begins: "--- ") || lines.line(line, begins: "diff ") {
                mark = .file
            } else {
                mark = .other
            }
            marks.append(mark)
        }
        changes = counts
    }

    private mutating func readChanges() {
        marks = (0..<lines.count).map { line in
            switch lines.first(of: line) {
            case UInt8(ascii: "+"): .added
            case UInt8(ascii: "-"): .removed
            default: .context
            }
        }
    }

    /// How many lines of either side a hunk's heading announces.
    private static func lengths(_ heading: Substring) -> (old: Int, new: Int) {
        func length(_ sign: Character) -> Int {
            guard let start = heading.firstIndex(of: sign) else { return 0 }
            let numbers = heading[heading.index(after: start)...].prefix { $0.isNumber || $0 == "," }
            let parts = numbers.split(separator: ",")
            return parts.count > 1 ? Int(parts[1]) ?? 0 : parts.isEmpty ? 0 : 1
        }
        return (length("-"), length("+"))
    }

    private func change(_ line: Int) -> DocumentLine {
        let text = lines[line]
        let hang = [DocumentLine.Span("  ")]
        switch marks[line] {
        case .file: return DocumentLine([.init(text, .title)], hang: hang)
        case .hunk:
            let end = text.dropFirst(2).firstRange(of: "@@")?.upperBound ?? text.endIndex
            return DocumentLine(
                [.init(String(text[..<end]), .info), .init(String(text[end...]), .dim)],
                hang: hang
            )
        case .other: return DocumentLine([.init(text, .dim)], hang: hang)
        case .context: return DocumentLine([.init(text)], hang: hang)
        case .added, .removed:
            let role: ThemeRole = marks[line] == .added ? .added : .removed
            guard let changed = changedPart(of: line, text) else {
                return DocumentLine([.init(text, role)], hang: hang)
            }
            let characters = Array(text)
            let spans: [DocumentLine.Span] = [
                .init(String(characters[..<changed.lowerBound]), role),
                .init(String(characters[changed]), role, .reverse),
                .init(String(characters[changed.upperBound...]), role),
            ]
            return DocumentLine(spans.filter { !$0.text.isEmpty }, hang: hang)
        }
    }

    /// The words of a line that differ from the line that it replaces, in characters; `nil` where the two have
    /// little in common, so that setting them off would say nothing.
    private func changedPart(of line: Int, _ text: String) -> Range<Int>? {
        guard text.utf8.count <= Self.comparedBytesMax, let other = partner(of: line) else { return nil }
        let mine = Array(text.dropFirst())
        let theirs = Array(lines[other].dropFirst())
        guard mine != theirs, theirs.count <= Self.comparedBytesMax else { return nil }
        let most = min(mine.count, theirs.count)
        var front = 0
        while front < most, mine[front] == theirs[front] { front += 1 }
        var back = 0
        while back < most - front, mine[mine.count - 1 - back] == theirs[theirs.count - 1 - back] {
            back += 1
        }
        guard (front + back) * 3 >= max(mine.count, theirs.count) else { return nil }
        // A word is set off whole.
        while front > 0, front < mine.count, Self.isWord(mine[front - 1]), Self.isWord(mine[front]) {
            front -= 1
        }
        while back > 0, back < mine.count, Self.isWord(mine[mine.count - back]),
            Self.isWord(mine[mine.count - back - 1])
        {
            back -= 1
        }
        let end = max(front, mine.count - back)
        return front < end ? (front + 1)..<(end + 1) : nil
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    /// The line that a changed one replaces or is replaced by: as many lines into its block.
    private func partner(of line: Int) -> Int? {
        let mark = marks[line]
        var start = line
        while start > 0, marks[start - 1] == mark, line - start < Self.pairDistanceMax { start -= 1 }
        if mark == .added {
            var removed = start
            while removed > 0, marks[removed - 1] == .removed, start - removed < Self.pairDistanceMax {
                removed -= 1
            }
            let place = removed + line - start
            return place < start ? place : nil
        }
        var added = line
        while added < marks.count, marks[added] == .removed, added - line < Self.pairDistanceMax {
            added += 1
        }
        let place = added + line - start
        guard place < marks.count, marks[added..<(place + 1)].allSatisfy({ $0 == .added }) else { return nil }
        return place
    }
}
