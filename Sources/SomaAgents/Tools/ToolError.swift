/// Why a tool could not do what it was asked.
package struct ToolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    package let failure: ToolResult.Failure
    /// What failed, on what, and why, as one sentence.
    package let summary: String
    /// What to try, where there is something.
    package let hint: String?

    package init(_ failure: ToolResult.Failure, _ summary: String, hint: String? = nil) {
        self.failure = failure
        self.summary = summary
        self.hint = hint
    }

    package var description: String { hint.map { "\(summary) \($0)" } ?? summary }
}
