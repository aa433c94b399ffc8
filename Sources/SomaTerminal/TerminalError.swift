/// What can go wrong with a terminal, a theme or a key table.
public struct TerminalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sort of failure, as a stable name.
    public struct Kind: Sendable, Hashable {
        /// The name.
        public let name: String

        /// Input or output isn't a terminal.
        public static let notATerminal = Kind(name: "not-a-terminal")
        /// TERM names a terminal that can't show screens, or none that is known.
        public static let unsupportedTerminal = Kind(name: "unsupported-terminal")
        /// The system refused a terminal operation.
        public static let system = Kind(name: "system")
        /// A theme is wrong.
        public static let theme = Kind(name: "theme")
        /// A key table or its configuration is wrong.
        public static let keys = Kind(name: "keys")
    }

    /// The sort of failure.
    public let kind: Kind
    /// What failed and on what, for a person.
    public let summary: String
    /// What to do about it.
    public let hint: String?

    init(_ kind: Kind, _ summary: String, hint: String? = nil) {
        self.kind = kind
        self.summary = summary
        self.hint = hint
    }

    /// Summary and hint.
    public var description: String { hint.map { summary + " " + $0 } ?? summary }
}
