/// Makes outside text fit to be shown: what a terminal would obey or a reader could not see becomes visible.
///
/// Every text that reaches a terminal goes through here, either on its way into a `Canvas` or, for plain command
/// line output, through `line(_:)`. Control characters become pictures (`␛`), hidden and direction-changing
/// characters become `<U+202E>`, floods of combining marks are cut with their count. Emoji sequences, flags and
/// the joiners that Arabic and Indic scripts need stay as they are.
public enum SafeText {
    /// Most scalars that one cluster may have; the longest emoji sequence in Unicode has ten.
    public static let clusterScalarsMax = 12
    /// Most combining marks that stay on one letter.
    public static let marksMax = 6

    /// One piece of neutralised text that belongs together on the screen.
    struct Piece {
        /// The cluster; never empty, never a control character.
        var text: Character
        /// 1 or 2.
        var columns: Int
    }

    /// Returns the text on one line with nothing in it that a terminal would obey.
    ///
    /// Line breaks and tabs are shown as pictures too; split the text first where they are meant.
    /// - Parameters:
    ///   - text: Anything.
    ///   - ascii: Whether the output may hold ASCII only; other characters become `?` or `<U+…>`.
    public static func line(_ text: some StringProtocol, ascii: Bool = false) -> String {
        if isPlain(text) { return String(text) }
        var result = ""
        result.reserveCapacity(text.utf8.count)
        forEachPiece(in: text) { piece in
            result.append(ascii ? GlyphSet.asciiStandIn(for: piece.text) : piece.text)
            return true
        }
        return result
    }

    /// Returns the text with its line breaks kept and its tabs widened to the next multiple of eight columns.
    public static func lines(_ text: some StringProtocol) -> [String] {
        var result: [String] = []
        var rest = Substring(text)
        while let end = rest.unicodeScalars.firstIndex(of: "\n") {
            result.append(line(expandingTabs(trimmingReturn(rest[..<end]))))
            rest = rest[rest.unicodeScalars.index(after: end)...]
        }
        result.append(line(expandingTabs(rest)))
        return result
    }

    /// Reads bytes as UTF-8; every byte that isn't part of a valid scalar becomes `<0x9B>`.
    public static func decode(_ bytes: some Collection<UInt8>) -> String {
        let whole = Array(bytes)
        if let valid = String(validating: whole, as: UTF8.self) { return valid }
        var result = ""
        var decoder = Unicode.UTF8.ForwardParser()
        var index = 0
        while index < whole.count {
            var iterator = whole[index...].makeIterator()
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let encoded):
                result.unicodeScalars.append(Unicode.UTF8.decode(encoded))
                index += encoded.count
            case .error:
                result += "<0x" + hexadecimal(UInt32(whole[index]), digits: 2) + ">"
                index += 1
            case .emptyInput:
                index = whole.count
            }
            decoder = Unicode.UTF8.ForwardParser()
        }
        return result
    }

    /// Columns that a text takes on a canvas, after hidden characters are made visible.
    public static func columns(of text: some StringProtocol) -> Int {
        if isPlain(text) { return text.utf8.count }
        if let simple = simpleColumns(of: text) { return simple }
        var total = 0
        forEachPiece(in: text) { piece in
            total += piece.columns
            return true
        }
        return total
    }

    /// Whether a text takes no more than a number of columns; looks at no more of it than it must.
    public static func fits(_ text: some StringProtocol, in columns: Int) -> Bool {
        if text.utf8.count <= columns, isPlain(text) { return true }
        var total = 0
        forEachPiece(in: text) { piece in
            total += piece.columns
            return total <= columns
        }
        return total <= columns
    }

    /// Cuts a text to a number of columns; a cut text ends with the given mark if that fits.
    public static func clip(_ text: some StringProtocol, to columns: Int, mark: Character = "…") -> String {
        guard columns > 0 else { return "" }
        if text.utf8.count <= columns, isPlain(text) { return String(text) }
        if fits(text, in: columns) { return line(text) }
        var result = ""
        var used = 0
        forEachPiece(in: text) { piece in
            guard used + piece.columns <= columns - 1 else { return false }
            result.append(piece.text)
            used += piece.columns
            return true
        }
        result.append(mark)
        return result
    }

    /// Most equal hidden characters in a row that are shown one by one; the rest is counted.
    static let repeatsMax = 8

    /// Calls `body` with each neutralised piece until it returns false.
    static func forEachPiece(in text: some StringProtocol, _ body: (Piece) -> Bool) {
        if simpleColumns(of: text) != nil {
            for scalar in text.unicodeScalars
            where !body(Piece(text: Character(scalar), columns: 1)) {
                return
            }
            return
        }
        var last: Character?
        var repeats = 0
        for cluster in text {
            if cluster == last {
                repeats += 1
                if repeats >= repeatsMax { continue }
            } else {
                guard flushRepeats(repeats, body) else { return }
                last = nil
                repeats = 0
            }
            if let ascii = cluster.asciiValue, ascii >= 0x20, ascii < 0x7F {
                guard body(Piece(text: cluster, columns: 1)) else { return }
                continue
            }
            if let scalar = cluster.unicodeScalars.first, isHidden(scalar) { last = cluster }
            guard neutralise(cluster, body) else { return }
        }
        _ = flushRepeats(repeats, body)
    }

    private static func flushRepeats(_ repeats: Int, _ body: (Piece) -> Bool) -> Bool {
        repeats < repeatsMax || emit("<+\(repeats - repeatsMax + 1) more>", body)
    }

    /// The columns of a text in which every scalar stands for itself, one column wide; `nil` for any other text.
    ///
    /// Most of what a console draws is such text, and finding graphemes costs many times as much as drawing them.
    static func simpleColumns(of text: some StringProtocol) -> Int? {
        var count = 0
        for scalar in text.unicodeScalars {
            guard isSimple(scalar.value) else { return nil }
            count += 1
        }
        return count
    }

    /// Whether a scalar is printed in one column, whatever stands beside it, and never joins a neighbour: ASCII,
    /// Latin letters, punctuation, arrows and operators, lines, blocks, most shapes, braille.
    private static func isSimple(_ value: UInt32) -> Bool {
        switch value {
        case 0x20...0x7E, 0xA1...0xAC, 0xAE...0x02FF, 0x2010...0x2027, 0x2030...0x203B, 0x203D...0x2048,
            0x204A...0x205E, 0x2190...0x2193, 0x2200...0x22FF, 0x2500...0x25A9, 0x25CB...0x25EF, 0x2713,
            0x2717, 0x2800...0x28FF:
            true
        default: false
        }
    }

    static func isPlain(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    /// Writes a number in upper-case hexadecimal with leading zeros.
    static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let bare = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - bare.count)) + bare
    }

    private static func trimmingReturn(_ line: Substring) -> Substring {
        line.unicodeScalars.last == "\r" ? Substring(line.unicodeScalars.dropLast()) : line
    }

    private static func expandingTabs(_ line: Substring) -> Substring {
        guard line.utf8.contains(9) else { return line }
        var result = ""
        var column = 0
        for (index, part) in line.split(separator: "\t", omittingEmptySubsequences: false).enumerated() {
            if index > 0 {
                let stop = (column / 8 + 1) * 8
                result += String(repeating: " ", count: stop - column)
                column = stop
            }
            result += part
            column += columns(of: part)
        }
        return Substring(result)
    }
}
