/// Why bytes are no trace, and where.
public struct TraceReadError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was found and what was expected.
    public var message: String
    /// Where in the document: `data[0].spans[2].duration`; empty for the whole.
    public var path: String
    /// The byte at which reading stopped, from 0.
    public var offset: Int
    /// The line of that byte from 1; 0 in protobuf, which has none.
    public var line: Int
    /// The column of that byte in bytes, from 1; 0 in protobuf.
    public var column: Int

    /// The place and the message.
    public var description: String {
        let place = line > 0 ? "line \(line), column \(column)" : "byte \(offset)"
        return path.isEmpty ? "\(place): \(message)" : "\(place): \(path): \(message)"
    }
}

/// A failure before its line and column are counted.
struct ReadFailure: Error {
    var message: String
    var offset: Int
    var path: String = ""

    /// - Parameter bytes: The text that was read; `nil` for protobuf, where nobody counts lines.
    func error(in bytes: UnsafeBufferPointer<UInt8>?) -> TraceReadError {
        guard let bytes else {
            return TraceReadError(
                message: Self.safe(message),
                path: Self.safe(path),
                offset: offset,
                line: 0,
                column: 0
            )
        }
        let before = bytes.prefix(offset)
        let line = before.reduce(into: 1) { if $1 == 0x0A { $0 += 1 } }
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return TraceReadError(
            message: Self.safe(message),
            path: Self.safe(path),
            offset: offset,
            line: line,
            column: offset - lineStart + 1
        )
    }

    /// The text without what a terminal would obey or what turns it around: parts of it were in the document.
    private static func safe(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: scalars.append("\u{FFFD}")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
