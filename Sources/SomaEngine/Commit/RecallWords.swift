/// The words of a text for full-text search: letters, digits and marks; whatever else it holds separates them.
package enum RecallWords {
    /// How many words of a query count.
    package static let queryMax = 64
    /// How many scalars of a word count.
    package static let scalarsMax = 64

    /// The first words of a text.
    package static func of(_ text: String, max: Int) -> [String] {
        text.unicodeScalars
            .split(maxSplits: .max, omittingEmptySubsequences: true) { !isPart($0) }
            .prefix(max)
            .map { String(String.UnicodeScalarView($0.prefix(scalarsMax))) }
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber, .privateUse, .nonspacingMark, .spacingMark:
            true
        default: false
        }
    }
}
