import SomaSettings

/// A role with its texts: what a run is pinned to.
package struct RoleEntry: Sendable {
    /// The role.
    package let role: Role
    /// Its `config.yaml` as it was read.
    package let configText: String
    /// Its main prompt.
    package let prompt: String
    /// Its runbooks, by name, each with its text.
    package let runbooks: [RunbookEntry]
}

/// A runbook with its text.
package struct RunbookEntry: Sendable {
    package let runbook: Runbook
    /// The YAML as it was read.
    package let text: String
    /// Where it was read.
    package let file: String
}

/// Why roles can't be used.
package struct RoleError: Error, Sendable, CustomStringConvertible {
    /// One line for each thing that is wrong, with its place.
    package let problems: [String]

    package init(_ problems: [String]) { self.problems = problems }

    package var description: String { problems.joined(separator: "\n") }
}
