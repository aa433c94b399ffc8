/// A line of text in which parts have styles of their own.
public struct StyledLine: Sendable, Hashable, ExpressibleByStringLiteral {
    /// A part of a line in one style.
    public struct Span: Sendable, Hashable {
        /// The text; neutralised when it is drawn.
        public var text: String
        /// Its style; defaults show the style below.
        public var style: Style
        /// The address that it is, or is a part of, to be opened where the terminal can.
        public var address: String?

        /// Makes a part.
        public init(_ text: String, _ style: Style = .plain, address: String? = nil) {
            self.text = text
            self.style = style
            self.address = address
        }
    }

    /// The parts from left to right.
    public var spans: [Span]

    /// Makes a line of parts.
    public init(_ spans: [Span]) { self.spans = spans }

    /// Makes a line in one style.
    public init(_ text: String, _ style: Style = .plain) { spans = [Span(text, style)] }

    /// Makes a line in the style below it.
    public init(stringLiteral text: String) { self.init(text) }

    /// Columns that the line takes on a canvas.
    public var columns: Int { spans.reduce(0) { $0 + SafeText.columns(of: $1.text) } }

    /// Whether the line takes no more than a number of columns; looks at no more of it than it must.
    public func fits(in columns: Int) -> Bool {
        var room = columns
        for span in spans {
            guard SafeText.fits(span.text, in: room) else { return false }
            room -= SafeText.columns(of: span.text)
        }
        return room >= 0
    }

    /// The text without styles, not neutralised.
    public var text: String { spans.map(\.text).joined() }

    /// Adds a part at the end.
    public mutating func append(_ text: String, _ style: Style = .plain) { spans.append(Span(text, style)) }
}
