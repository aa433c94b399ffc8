/// A regular expression that is matched in time linear in the text, whatever the pattern.
///
/// Patterns come from models and from files of strangers; a backtracking matcher would let one of them stop the
/// daemon. Therefore no back references and no look-around; otherwise the common language: `. [] [^] [[:alpha:]]`,
/// `\d \w \s \b` and their opposites (ASCII), `^ $`, groups (nothing is captured), `|`, `* + ? {m,n}` (lazy marks
/// are accepted and change nothing), a leading `(?i)`, `\xHH`, `\uHHHH`, `\u{H…}`. It works on UTF-8; `.` is one
/// whole character and does not match a line feed.
package struct LinearRegex: Sendable {
    /// What `^`, `$` and a match may span.
    package enum Mode: Sendable {
        /// `^` and `$` are the text's ends.
        case text
        /// `^` and `$` are a line's ends, and no match crosses a line feed.
        case lines
    }

    /// The pattern as it was written.
    package let source: String
    let program: RegexProgram
    /// Bytes that are in every match, as they are written there; empty where there are none to rely on.
    package let requiredLiteral: [UInt8]
    /// Whether a text matches as soon as it holds the literal.
    package let isLiteral: Bool
    /// What is looked for first, in either case of its letters where the pattern says so; `nil` for nothing.
    package let needle: ByteNeedle?

    /// Compiles a pattern.
    ///
    /// - Parameters:
    ///   - source: The pattern.
    ///   - mode: What `^` and `$` mean.
    ///   - ignoresCase: As if the pattern began with `(?i)`.
    ///   - isLiteral: Whether every character of the pattern stands for itself.
    /// - Throws: `LinearRegexError` with the place; also for a pattern that would need more than 20,000 states.
    package init(
        _ source: String,
        mode: Mode = .text,
        ignoresCase: Bool = false,
        isLiteral: Bool = false
    ) throws(LinearRegexError) {
        self.source = source
        var folds = ignoresCase
        let node: RegexNode
        if isLiteral {
            node = .sequence(source.unicodeScalars.map { .scalars([$0.value...$0.value]) })
        } else {
            var parser = RegexParser(source)
            node = try parser.parse()
            folds = folds || parser.ignoresCase
        }
        program = try RegexProgram(node, mode: mode, ignoresCase: folds)
        let literal = folds ? (bytes: [], isWhole: false) : RegexLiteral.required(node)
        // A literal that holds a line feed can't be found in lines; the program knows that, memmem does not.
        let usable = mode == .text || !literal.bytes.contains(0x0A)
        requiredLiteral = usable ? literal.bytes : []
        self.isLiteral = usable && literal.isWhole && !literal.bytes.isEmpty
        needle = Self.needle(node, mode: mode, folds: folds)
    }

    /// Takes a pattern that was parsed elsewhere.
    package init(node: RegexNode, source: String) throws(LinearRegexError) {
        self.source = source
        program = try RegexProgram(node, mode: .text, ignoresCase: false)
        requiredLiteral = []
        isLiteral = false
        needle = nil
    }

    private static func needle(_ node: RegexNode, mode: Mode, folds: Bool) -> ByteNeedle? {
        let bytes = RegexLiteral.required(node, isASCII: folds).bytes
        guard !bytes.isEmpty, mode == .text || !bytes.contains(0x0A) else { return nil }
        return ByteNeedle(bytes, foldsCase: folds)
    }

    /// Whether the pattern matches anywhere in the text.
    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }

    /// Whether the pattern matches anywhere in the bytes.
    package func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var matcher = RegexMatcher(self)
        return matcher.matches(bytes)
    }
}

/// Why a pattern can't be used, and where.
package struct LinearRegexError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How many characters precede the place.
    package let offset: Int
    /// What is wrong there.
    package let message: String

    package var description: String { "the pattern is wrong at character \(offset + 1): \(message)" }
}

/// A parsed pattern.
package indirect enum RegexNode: Sendable {
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case scalars([ClosedRange<UInt32>])
    case repeated(RegexNode, minimum: Int, maximum: Int?)
    case assertion(RegexAssertion)
}

package enum RegexAssertion: Sendable {
    case start, end, wordBoundary, noWordBoundary
}

/// Finds bytes that every match holds, so that a search can look for those first.
enum RegexLiteral {
    ///
    /// - Parameter isASCII: Whether only characters of ASCII count: those are the ones whose cases are bytes.
    static func required(_ node: RegexNode, isASCII: Bool = false) -> (bytes: [UInt8], isWhole: Bool) {
        let parts: [RegexNode] = if case .sequence(let nodes) = node { nodes } else { [node] }
        var best: [UInt8] = []
        var run: [UInt8] = []
        var isWhole = true
        for part in parts {
            if case .scalars(let ranges) = part, ranges.count == 1, let only = ranges.first,
                only.lowerBound == only.upperBound, !isASCII || only.upperBound < 0x80,
                let scalar = Unicode.Scalar(only.lowerBound)
            {
                run.append(contentsOf: Array(String(Character(scalar)).utf8))
                continue
            }
            isWhole = false
            if run.count > best.count { best = run }
            run = []
        }
        if run.count > best.count { best = run }
        return (best, isWhole)
    }
}
