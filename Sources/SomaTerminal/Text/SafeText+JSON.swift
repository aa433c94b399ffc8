extension SafeText {
    /// JSON's text as a person may see it on a terminal: what a terminal would obey, or what hides itself, is written as
    /// `\u…` (RFC 8259, 7), so that it is still the same document.
    ///
    /// - Parameter text: Well-formed JSON, in which such characters stand in strings only. Its line breaks are kept.
    public static func json(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 != "\n" && isHidden($0) }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard scalar != "\n", isHidden(scalar) else {
                result.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result.append(contentsOf: "\\u".unicodeScalars)
                result.append(contentsOf: String(repeating: "0", count: 4 - digits.count).unicodeScalars)
                result.append(contentsOf: digits.unicodeScalars)
            }
        }
        return String(result)
    }
}
