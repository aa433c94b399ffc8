/// A role as `GET /v1/roles` shows it.
package struct RoleDocument: Sendable, Hashable, Codable {
    /// The name.
    package var name: String
    /// What it is for, in a sentence.
    package var summary: String
    /// The digest of its prompts.
    package var promptDigest: String
    /// The tools in its scope.
    package var tools: [Tool]
    /// The most that a run of it may use.
    package var limits: Limits
    /// Its runbooks.
    package var runbooks: [Runbook]

    /// A tool in scope.
    package struct Tool: Sendable, Hashable, Codable {
        /// The name.
        package var name: String
        /// What it does.
        package var summary: String
        /// What a crash may do to it: `read`, `idempotent`, `once`, …
        package var effect: String
        /// Whether a person must approve each call.
        package var needsApproval: Bool

        /// Creates a tool.
        package init(name: String, summary: String, effect: String, needsApproval: Bool) {
            self.name = name
            self.summary = summary
            self.effect = effect
            self.needsApproval = needsApproval
        }
    }

    /// A runbook of the role.
    package struct Runbook: Sendable, Hashable, Codable {
        /// The name.
        package var name: String
        /// What it does.
        package var summary: String
        /// Its parameters' names.
        package var parameters: [String]

        /// Creates a runbook.
        package init(name: String, summary: String, parameters: [String]) {
            self.name = name
            self.summary = summary
            self.parameters = parameters
        }
    }

    /// Creates a role.
    package init(
        name: String,
        summary: String,
        promptDigest: String,
        tools: [Tool],
        limits: Limits,
        runbooks: [Runbook]
    ) {
        self.name = name
        self.summary = summary
        self.promptDigest = promptDigest
        self.tools = tools
        self.limits = limits
        self.runbooks = runbooks
    }
}

/// What `GET /v1/roles` answers.
package struct RolePage: Sendable, Hashable, Codable {
    /// The roles, by name.
    package var roles: [RoleDocument]

    /// Creates a page.
    package init(roles: [RoleDocument]) { self.roles = roles }
}
