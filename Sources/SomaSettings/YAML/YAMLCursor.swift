/// A node that is being read, and the list that problems with it go to.
///
/// Reading goes on after a problem, so that a person learns of all of them at once.
public struct YAMLCursor {
    /// The node.
    public let node: YAMLNode
    let issues: YAMLIssues

    /// Notes a problem at the node.
    /// - Parameters:
    ///   - message: What was expected and what was found.
    ///   - suggestion: What was probably meant.
    public func report(_ message: String, suggestion: String? = nil) {
        issues.add(message, suggestion: suggestion, at: node.mark)
    }

    /// Notes that something else was expected here.
    /// - Parameter expected: With its article, as in `a list`.
    public func reportMismatch(expected: String, suggestion: String? = nil) {
        report("expected \(expected), found \(node.phrase)", suggestion: suggestion)
    }

    /// A cursor on another node of the same document.
    func at(_ node: YAMLNode) -> YAMLCursor {
        YAMLCursor(node: node, issues: issues)
    }
}

/// The problems of one document, first to last.
final class YAMLIssues {
    private static let countMax = 50
    let file: String
    private var found: [SettingsIssue] = []

    init(file: String) {
        self.file = file
    }

    func add(_ message: String, suggestion: String?, at mark: YAMLMark) {
        guard found.count < Self.countMax else { return }
        let origin = SettingOrigin.file(path: file, line: mark.line, column: mark.column)
        found.append(SettingsIssue(origin: origin, message: message, suggestion: suggestion))
    }

    /// The problems in the order of the text.
    var sorted: [SettingsIssue] {
        found.enumerated().sorted { left, right in
            (place(left.element), left.offset) < (place(right.element), right.offset)
        }.map(\.element)
    }

    private func place(_ issue: SettingsIssue) -> Int {
        guard case .file(_, let line, let column) = issue.origin else { return 0 }
        return line << 24 | min(column, 1 << 24 - 1)
    }
}

extension YAMLDocument {
    /// Reads the document by a rule.
    /// - Returns: What the rule makes of the root.
    /// - Throws: `SettingsError.Kind.invalid` with every problem found.
    public func decode<Value>(_ rule: YAMLRule<Value>) throws(SettingsError) -> Value {
        let issues = YAMLIssues(file: file)
        let value = rule.read(YAMLCursor(node: root, issues: issues))
        let sorted = issues.sorted
        guard sorted.isEmpty, let value else {
            let origin = SettingOrigin.file(path: file, line: root.mark.line, column: root.mark.column)
            let fallback = SettingsIssue(
                origin: origin,
                message: "expected \(rule.expected), found \(root.phrase)"
            )
            throw SettingsError(issues: sorted.isEmpty ? [fallback] : sorted)
        }
        return value
    }

    /// Reads a document that is a mapping.
    ///
    /// Keys that `body` doesn't ask for are reported as unknown.
    /// - Parameter body: Returns nil only after a problem was reported.
    /// - Throws: `SettingsError.Kind.invalid` with every problem found.
    public func decode<Value>(_ body: @escaping (YAMLObject) -> Value?) throws(SettingsError) -> Value {
        try decode(.object("a mapping", body))
    }
}
