package import SomaHTTP

/// Why metrics couldn't be read or asked for: what, where, and what to do about it.
///
/// Its texts hold pieces of what was read only through ``SafeQuote``, so they may go to a terminal.
package struct MetricsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Kind: Hashable, Sendable {
        /// The text breaks a rule of its format at a place that is known.
        case malformed
        /// The answer is of a type that isn't read, or says none.
        case contentType
        /// There is more than the limits allow.
        case tooLarge
        /// The answer isn't one of Prometheus' HTTP interface.
        case invalidAnswer
        /// Prometheus answered with an error, whose type it names (`bad_data`, `timeout` ...).
        case refused(type: String)
        /// The status isn't 2xx and the answer doesn't explain itself.
        case status(Int)
        /// The exchange failed.
        case transport(HTTPError.Kind)
    }

    /// What kind of failure it is.
    package let kind: Kind
    /// Line of the place, from 1; 0 where there is none.
    package let line: Int
    /// Column of the place in bytes, from 1; 0 where there is none.
    package let column: Int
    /// What is wrong, in a sentence fragment.
    package let message: String
    /// What can be done; empty when there is nothing sensible to say.
    package let hint: String

    /// Makes an error.
    package init(_ kind: Kind, line: Int = 0, column: Int = 0, _ message: String, hint: String = "") {
        self.kind = kind
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }

    /// One line: place, what is wrong, what to do.
    package var description: String {
        (line > 0 ? "\(line):\(column): " : "") + message + (hint.isEmpty ? "" : " (\(hint))")
    }
}

/// Outside text, cut and made harmless for a message.
package enum SafeQuote {
    /// Characters shown of a text.
    package static let charactersMax = 60

    /// The text between double quotes: cut, invalid UTF-8 replaced, what isn't printable written as `\u{..}`.
    package static func quote(_ bytes: some Sequence<UInt8>) -> String {
        // Four bytes a scalar at most: so many are enough, however long the text is.
        quote(String(decoding: Array(bytes.prefix(charactersMax * 4 + 4)), as: UTF8.self))
    }

    /// The text between double quotes: cut, what isn't printable written as `\u{..}`.
    package static func quote(_ text: String) -> String { "\"\(harmless(text))\"" }

    /// The text without quotes: cut, what isn't printable written as `\u{..}`.
    package static func harmless(_ text: String, max: Int = charactersMax) -> String {
        var result = ""
        for (index, scalar) in text.unicodeScalars.prefix(max + 1).enumerated() {
            if index == max {
                result += "…"
            } else if isPrintable(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            false
        default: true
        }
    }
}
