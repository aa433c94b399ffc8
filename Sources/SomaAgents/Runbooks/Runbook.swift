package import SomaCore

/// Know-how that was written down: what to do for a goal, and how one knows that it was done.
package struct Runbook: Sendable, Hashable {
    /// The name that it is asked for by.
    package var name: String
    /// A number that goes up when it changes.
    package var version: Int
    /// What it does, in one line.
    package var summary: String
    /// The goals that it is for.
    package var matches: [GoalPattern]
    /// What it is followed with.
    package var parameters: [RunbookParameter]
    /// The steps.
    package var steps: [PlannedStep]
    /// What must hold of the whole.
    package var expect: [Expectation]
    /// The report; a template.
    package var report: String
    /// What a parent that delegated to it gets as structure; texts are templates.
    package var output: JSON?
    /// What later runs on the workspace may recall; a template.
    package var remember: String
}

/// Something that a runbook is followed with.
package struct RunbookParameter: Sendable, Hashable {
    /// What it may be.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case text, number, boolean
        /// A path below the workspace.
        case path
    }

    package var name: String
    package var kind: Kind
    package var summary: String
    package var isRequired: Bool
    package var fallback: JSON?

    package init(
        name: String,
        kind: Kind = .text,
        summary: String = "",
        isRequired: Bool = false,
        fallback: JSON? = nil
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.isRequired = isRequired
        self.fallback = fallback
    }

    /// The value of a text or a value that somebody gave, or `nil` where it is of another kind.
    package func value(_ given: JSON) -> JSON? {
        switch kind {
        case .text: return given.string == nil ? .string(given.shown) : given
        case .number:
            if given.double != nil { return given }
            guard let text = given.string else { return nil }
            return Int64(text).map(JSON.int) ?? Double(text).flatMap { $0.isFinite ? .double($0) : nil }
        case .boolean:
            if given.bool != nil { return given }
            return given.string.flatMap {
                ["true": true, "yes": true, "false": false, "no": false][$0.lowercased()]
            }
            .map(JSON.bool)
        case .path:
            guard let path = given.string, !path.isEmpty, !path.hasPrefix("/"), !path.hasPrefix("~"),
                !path.split(separator: "/").contains("..")
            else {
                return nil
            }
            return given
        }
    }

    /// What is expected of it, for messages.
    package var expected: String {
        switch kind {
        case .text: "text"
        case .number: "a number"
        case .boolean: "true or false"
        case .path: "a path inside the workspace, without \"..\""
        }
    }
}
