/// What a client would like, by an `Accept` or `Accept-Encoding` header (RFC 9110, 12.5).
///
/// What can't be read is passed over: a scraper that asks strangely still gets metrics.
struct AcceptHeader {
    /// One of the things that it names.
    struct Entry: Hashable {
        /// `text/plain`, `*/*`, `gzip`, in lower case.
        var name: String
        /// Without `q`; names and values in lower case.
        var parameters: [String: String]
        /// From 0, which refuses, to 1.
        var quality: Double
    }

    /// What a format is worth to the client.
    struct Rank {
        /// From 0 to 1; 0 where it is refused or not named.
        var quality = 0.0
        /// Where it was named; entries before it are further in front.
        var place = Int.max
    }

    let entries: [Entry]

    init(_ text: String) {
        entries = Self.split(text, at: ",").compactMap { item in
            let parts = Self.split(item, at: ";")
            guard let name = parts.first.map(Self.plain), !name.isEmpty else { return nil }
            var entry = Entry(name: name, parameters: [:], quality: 1)
            for part in parts.dropFirst() {
                guard let equals = part.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let key = Self.plain(part[..<equals])
                let value = Self.plain(part[part.utf8.index(after: equals)...])
                guard key == "q" else {
                    entry.parameters[key] = value
                    continue
                }
                guard let quality = Self.quality(value) else { return nil }
                entry.quality = quality
            }
            return entry
        }
    }

    /// What a media type is worth: the entry that names it most closely counts, as RFC 9110 has it.
    /// - Parameter version: An entry with another `version` doesn't mean this format.
    func rank(type: String, subtype: String, version: String) -> Rank {
        var best = Rank()
        var closest = 0
        for (place, entry) in entries.enumerated() {
            let named = entry.parameters["version"]
            let closeness =
                switch entry.name {
                case "\(type)/\(subtype)": named == nil ? 3 : named == version ? 4 : 0
                case "\(type)/*": 2
                case "*/*", "*": 1
                default: 0
                }
            if closeness > closest {
                closest = closeness
                best = Rank(quality: entry.quality, place: place)
            }
        }
        return best
    }

    /// What a coding is worth; `nil` where nothing is said about it, not even by `*`.
    func quality(ofCoding names: Set<String>) -> Double? {
        let entry = entries.first { names.contains($0.name) } ?? entries.first { $0.name == "*" }
        return entry?.quality
    }

    /// `0`, `0.5`, `1.000`: at most three decimals, at most 1.
    private static func quality(_ text: String) -> Double? {
        let digits = text.utf8
        guard let first = digits.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"),
            digits.count <= 5, digits.count == 1 || digits.dropFirst().first == UInt8(ascii: "."),
            digits.dropFirst(2).allSatisfy({ (48...57).contains($0) }),
            let value = Double(text.hasSuffix(".") ? text + "0" : text), value <= 1
        else { return nil }
        return value
    }

    /// Splits where a separator stands outside of quotes.
    private static func split(_ text: some StringProtocol, at separator: Unicode.Scalar) -> [Substring] {
        let scalars = Substring(text).unicodeScalars
        var parts: [Substring] = []
        var start = scalars.startIndex
        var (isQuoted, isEscaped) = (false, false)
        for index in scalars.indices {
            let scalar = scalars[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                isQuoted.toggle()
            } else if scalar == separator, !isQuoted {
                parts.append(Substring(scalars[start..<index]))
                start = scalars.index(after: index)
            }
        }
        parts.append(Substring(scalars[start...]))
        return parts
    }

    /// Without spaces around it and without its quotes, in lower case.
    private static func plain(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
        return text.lowercased()
    }
}
