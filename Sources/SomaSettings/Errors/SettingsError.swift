/// Why settings, a YAML file, a secret or a folder can't be used.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sort of problem, for code that reacts to one.
    public struct Kind: Sendable, Hashable {
        private let name: String

        private init(name: String) {
            self.name = name
        }

        /// A file's or a value's text is wrong; `issues` names each place.
        public static let invalid = Kind(name: "invalid")
        /// A file or folder can't be opened, read or made.
        public static let unusableFile = Kind(name: "unusableFile")
        /// A folder or file belongs to somebody else, or others may change it.
        public static let unsafeFile = Kind(name: "unsafeFile")
        /// A secret's reference doesn't lead to a secret.
        public static let secret = Kind(name: "secret")
    }

    /// The sort of problem.
    public let kind: Kind
    /// What failed, on what; one sentence.
    public let summary: String
    /// What to try next.
    public let hint: String?
    /// The places that are wrong, in the order found; empty unless `kind` is `invalid`.
    public let issues: [SettingsIssue]

    init(kind: Kind, summary: String, hint: String? = nil) {
        self.kind = kind
        self.summary = summary
        self.hint = hint
        issues = []
    }

    /// An error that stands for one or more problems in text.
    /// - Parameter issues: At least one.
    public init(issues: [SettingsIssue]) {
        precondition(!issues.isEmpty, "an invalid text has at least one issue")
        kind = .invalid
        summary = issues.map(\.description).joined(separator: "\n")
        hint = nil
        self.issues = issues
    }

    /// The summary, a line for each place, and the hint.
    public var description: String {
        guard let hint else { return summary }
        return "\(summary) \(hint)"
    }
}
