import SomaTerminal

/// Emphasis, code and links inside a line of Markdown.
enum MarkdownInline {
    /// The longest address that is shown, in characters.
    private static let addressMax = 200

    /// The line's parts. What isn't closed stays as it was written.
    static func spans(_ text: String) -> [DocumentLine.Span] {
        guard text.utf8.contains(where: { isMark($0) }) else { return [.init(text)] }
        var reader = Reader(Array(text))
        reader.read(to: reader.characters.count, [])
        return reader.spans
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "["), UInt8(ascii: "<"),
            UInt8(ascii: "\\"), UInt8(ascii: "~"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private struct Reader {
        let characters: [Character]
        var spans: [DocumentLine.Span] = []
        private var place = 0
        /// How deep emphasis may nest.
        private var depth = 0
        /// How far a closing mark is looked for.
        private static let lookAheadMax = 2_000

        init(_ characters: [Character]) { self.characters = characters }

        private func at(_ index: Int) -> Character { index < characters.count ? characters[index] : "\n" }

        mutating func read(to end: Int, _ attributes: Attributes) {
            depth += 1
            defer { depth -= 1 }
            while place < end {
                let character = characters[place]
                switch character {
                case "\\"
                where place + 1 < end && !characters[place + 1].isLetter && !characters[place + 1].isNumber:
                    add(String(characters[place + 1]), .text, attributes)
                    place += 2
                case "`":
                    if !readCode(end) { take(attributes) }
                case "*", "_", "~":
                    if depth > 4 || !readEmphasis(end, attributes) { take(attributes) }
                case "[":
                    if !readLink(end, attributes) { take(attributes) }
                case "!" where at(place + 1) == "[":
                    place += 1
                    if !readLink(end, attributes, isImage: true) { add("!", .text, attributes) }
                case "<":
                    if !readAddress(end) { take(attributes) }
                case "h" where isBareAddress:
                    readBareAddress(end)
                default: take(attributes)
                }
            }
        }

        private mutating func take(_ attributes: Attributes) {
            add(String(characters[place]), .text, attributes)
            place += 1
        }

        private mutating func add(_ text: String, _ role: ThemeRole, _ attributes: Attributes) {
            guard !text.isEmpty else { return }
            if let last = spans.last, last.role == role, last.attributes == attributes {
                spans[spans.count - 1].text += text
            } else {
                spans.append(.init(text, role, attributes))
            }
        }

        /// The place of so many equal marks in a row.
        private func find(_ mark: Character, _ count: Int, from start: Int, to end: Int) -> Int? {
            var index = start
            let last = min(end, start + Self.lookAheadMax)
            while index < last {
                guard characters[index] == mark else {
                    index += 1
                    continue
                }
                var run = 0
                while index + run < end, characters[index + run] == mark { run += 1 }
                if run == count { return index }
                // Three marks close two kinds of emphasis; the outer one is closed by the last of them.
                if mark != "`", run == 3 { return index + run - count }
                index += run
            }
            return nil
        }

        private mutating func readCode(_ end: Int) -> Bool {
            var run = 0
            while place + run < end, characters[place + run] == "`" { run += 1 }
            guard let close = find("`", run, from: place + run, to: end) else { return false }
            let text = String(characters[(place + run)..<close])
            let isPadded = text.count > 2 && text.hasPrefix(" ") && text.hasSuffix(" ")
            add(isPadded ? String(text.dropFirst().dropLast()) : text, .code, [])
            place = close + run
            return true
        }

        private mutating func readEmphasis(_ end: Int, _ attributes: Attributes) -> Bool {
            let mark = characters[place]
            var run = 0
            while place + run < end, characters[place + run] == mark { run += 1 }
            run = min(run, 3)
            if mark == "~", run != 2 { return false }
            guard place + run < end, !characters[place + run].isWhitespace else { return false }
            // Underscores inside words are names, not emphasis.
            if mark == "_", place > 0, characters[place - 1].isLetter || characters[place - 1].isNumber {
                return false
            }
            guard let close = find(mark, run, from: place + run, to: end), !characters[close - 1].isWhitespace
            else {
                return false
            }
            if mark == "_", at(close + run).isLetter || at(close + run).isNumber { return false }
            place += run
            let added: Attributes =
                mark == "~" ? .strike : run == 1 ? .italic : run == 2 ? .bold : [.bold, .italic]
            read(to: close, attributes.union(added))
            place = close + run
            return true
        }

        /// `[text](address)`: the text, and the address where the text isn't the address already.
        private mutating func readLink(_ end: Int, _ attributes: Attributes, isImage: Bool = false) -> Bool {
            guard let close = characters[place..<min(end, place + Self.lookAheadMax)].firstIndex(of: "]"),
                close + 2 <= end, at(close + 1) == "(",
                let stop = characters[(close + 2)..<min(end, close + 2 + Self.lookAheadMax)].firstIndex(
                    of: ")"
                )
            else { return false }
            let text = String(characters[(place + 1)..<close])
            let whole = characters[(close + 2)..<stop].prefix { !$0.isWhitespace }
            let address = String(whole.prefix(addressMax)) + (whole.count > addressMax ? "…" : "")
            add(text.isEmpty ? address : text, .link, attributes)
            if !text.isEmpty, text != address, !address.isEmpty {
                add(isImage ? " (image \(address))" : " (\(address))", .dim, attributes)
            }
            place = stop + 1
            return true
        }

        private mutating func readAddress(_ end: Int) -> Bool {
            guard let close = characters[place..<min(end, place + addressMax)].firstIndex(of: ">") else {
                return false
            }
            let address = String(characters[(place + 1)..<close])
            guard
                address.hasPrefix("https://") || address.hasPrefix("http://") || address.hasPrefix("mailto:")
            else {
                return false
            }
            add(address, .link, [])
            place = close + 1
            return true
        }

        private var isBareAddress: Bool {
            let start = String(characters[place..<min(characters.count, place + 8)])
            return start.hasPrefix("http://") || start == "https://"
        }

        private mutating func readBareAddress(_ end: Int) {
            let start = place
            while place < end, !characters[place].isWhitespace, !"<>\"')]".contains(characters[place]) {
                place += 1
            }
            while place > start + 8, ".,;:!?".contains(characters[place - 1]) { place -= 1 }
            add(String(characters[start..<place]), .link, [])
        }
    }
}
