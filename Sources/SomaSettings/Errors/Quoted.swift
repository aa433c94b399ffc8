/// Makes text from outside safe and short enough to show inside a message.
enum Quoted {
    private static let scalarsMax = 80

    /// The text between quotation marks, cut after 80 scalars.
    static func text(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let shown = escape(scalars.prefix(scalarsMax))
        return scalars.dropFirst(scalarsMax).isEmpty ? "\"\(shown)\"" : "\"\(shown)…\""
    }

    /// The text without quotation marks, uncut.
    static func visible(_ text: String) -> String {
        escape(text.unicodeScalars[...])
    }

    private static func escape(_ scalars: String.UnicodeScalarView.SubSequence) -> String {
        var result = ""
        for scalar in scalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
