/// Guesses what a text is from how it begins.
enum DocumentKind {
    /// How many lines are looked at.
    static let linesMax = 200
    /// How many bytes are looked at.
    static let bytesMax = 16_384

    static func guess(_ text: String) -> Document.Kind {
        let first = text.utf8.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        if first == 0x7B || first == 0x5B, isJSON(text) { return .json }
        let head = String(decoding: text.utf8.prefix(bytesMax), as: UTF8.self)
        let lines = head.split(separator: "\n", maxSplits: linesMax, omittingEmptySubsequences: false)
            .prefix(linesMax)
        if isDiff(lines) { return .diff }
        if isMarkdown(lines) { return .markdown }
        return isLog(lines) ? .log : .plain
    }

    /// Whether it begins like JSON; `[12:01] started` doesn't.
    private static func isJSON(_ text: String) -> Bool {
        var significant = text.utf8.prefix(512).lazy.filter {
            $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09
        }.makeIterator()
        let first = significant.next()
        guard let second = significant.next() else { return false }
        if first == 0x7B { return second == 0x22 || second == 0x7D }
        return [0x22, 0x5B, 0x7B, 0x5D, 0x2D, 0x74, 0x66, 0x6E].contains(second)
            || (0x30...0x39).contains(second)
    }

    private static func isDiff(_ lines: ArraySlice<Substring>) -> Bool {
        for (index, line) in lines.prefix(40).enumerated() {
            if line.hasPrefix("diff --git ") || line.hasPrefix("@@ -") { return true }
            if line.hasPrefix("--- "), index + 1 < lines.count,
                lines[lines.startIndex + index + 1].hasPrefix("+++ ")
            {
                return true
            }
        }
        return false
    }

    /// Headings, fences and tables are strong signs, lists and emphasis weak ones.
    private static func isMarkdown(_ lines: ArraySlice<Substring>) -> Bool {
        var strong = 0
        var weak = 0
        var before: Substring = ""
        for line in lines {
            let trimmed = line.drop { $0 == " " }
            let marks = trimmed.prefix { $0 == "#" }.count
            if (1...6).contains(marks), trimmed.dropFirst(marks).first == " " { strong += 1 }
            if trimmed.hasPrefix("```") { strong += 1 }
            if trimmed.hasPrefix("|"), trimmed.contains("-"), before.contains("|"),
                trimmed.allSatisfy({ "|-: \r".contains($0) })
            {
                strong += 2
            }
            if trimmed.hasPrefix("- ") || trimmed.hasPrefix("* ") || trimmed.hasPrefix("> ") { weak += 1 }
            if trimmed.contains("](") || trimmed.contains("**") { weak += 1 }
            before = line
        }
        // One line with a hash in front is a comment as often as a heading.
        return strong >= 2 || strong == 1 && (weak >= 1 || lines.first.map(isHeading) == true) || weak >= 4
    }

    private static func isHeading(_ line: Substring) -> Bool { line.hasPrefix("# ") }

    private static func isLog(_ lines: ArraySlice<Substring>) -> Bool {
        var signs = 0
        var all = 0
        for line in lines.prefix(20) where !line.isEmpty {
            all += 1
            if LogLine(String(line.prefix(120))).isKnown { signs += 1 }
        }
        return all >= 1 && signs * 2 > all
    }
}

/// How a log's line begins: a time, and what level it is.
struct LogLine {
    /// The characters of the time in front.
    let time: Int
    /// The characters of the level, from the line's start.
    let level: Range<Int>?
    /// How bad it is.
    let isBad: Bool
    let isWarning: Bool

    private static let bad: Set<String> = [
        "ERROR", "ERR", "FATAL", "CRITICAL", "PANIC", "SEVERE", "FAIL", "FAILED",
    ]
    private static let warnings: Set<String> = ["WARN", "WARNING"]
    private static let others: Set<String> = ["INFO", "DEBUG", "TRACE", "NOTICE"]

    var isKnown: Bool { time > 0 || level != nil }

    init(_ line: String) {
        let characters = Array(line.prefix(120))
        time = Self.time(characters)
        var found: Range<Int>?
        var word = ""
        var (bad, warning) = (false, false)
        for (index, character) in (characters + [" "]).enumerated() where found == nil {
            if character.isLetter, character.isASCII {
                word.append(character)
                continue
            }
            defer { word = "" }
            guard word.count >= 3, index <= 48 else { continue }
            let upper = word.uppercased()
            // Small letters are a level only where they are said to be one.
            let before = index - word.count > 0 ? characters[index - word.count - 1] : " "
            let isMeant = upper == word || before == "=" || before == "[" || before == "\""
            guard isMeant else { continue }
            (bad, warning) = (Self.bad.contains(upper), Self.warnings.contains(upper))
            if bad || warning || Self.others.contains(upper) { found = (index - word.count)..<index }
        }
        level = found
        (isBad, isWarning) = (bad && found != nil, warning && found != nil)
    }

    /// How far a time goes: digits and what stands between them, with a colon at least.
    private static func time(_ characters: [Character]) -> Int {
        var end = 0
        var digits = 0
        var colons = 0
        for (index, character) in characters.prefix(40).enumerated() {
            if character.isASCII, character.isNumber {
                digits += 1
            } else if character == ":" {
                colons += 1
            } else if character == " " {
                if colons > 0 || digits < 8 { break }
            } else if !"-./T[],+Z".contains(character) {
                break
            }
            end = index + 1
        }
        return digits >= 4 && colons >= 1 ? end : 0
    }
}
