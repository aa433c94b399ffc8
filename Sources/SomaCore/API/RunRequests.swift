/// What `POST /v1/runs` takes.
package struct StartRunDocument: Sendable, Hashable, Codable {
    /// What is to be reached, in words.
    package var goal: String
    /// The role; absent lets the goal decide.
    package var role: String?
    /// The runbook, by name; absent lets the goal decide.
    package var runbook: String?
    /// The runbook's parameters.
    package var parameters: JSONObject?
    /// The folder that it works on, absolute.
    package var workspace: String?
    /// The most that it may use; the role's own limits hold too.
    package var limits: Limits?
    /// The customer or team.
    package var tenant: String?
    /// The person whose data the words are.
    package var subject: String?

    /// Creates a request.
    package init(
        goal: String,
        role: String? = nil,
        runbook: String? = nil,
        parameters: JSONObject? = nil,
        workspace: String? = nil,
        limits: Limits? = nil
    ) {
        self.goal = goal
        self.role = role
        self.runbook = runbook
        self.parameters = parameters
        self.workspace = workspace
        self.limits = limits
    }
}

/// What `POST /v1/runs/{id}/cancel` takes.
package struct CancelDocument: Sendable, Hashable, Codable {
    /// Why.
    package var reason: String?

    /// Creates a request.
    package init(reason: String? = nil) { self.reason = reason }
}

/// What `POST /v1/runs/{id}/fork` takes.
package struct ForkDocument: Sendable, Hashable, Codable {
    /// The last transition that is shared.
    package var at: Int
    /// Changes to the document there; `null` removes a key.
    package var edit: JSONObject?

    /// Creates a request.
    package init(at: Int, edit: JSONObject? = nil) {
        self.at = at
        self.edit = edit
    }
}

/// What `POST /v1/runs/{id}/interrupts/{seq}` takes.
package struct AnswerDocument: Sendable, Hashable, Codable {
    /// What an answer does.
    package enum Action: String, Sendable, Hashable, Codable, CaseIterable {
        /// Go ahead.
        case approve
        /// Don't.
        case reject
        /// Here are the words that were asked for.
        case answer

        /// Reads one; says which there are.
        package init(from decoder: any Decoder) throws {
            let text = try decoder.singleValueContainer().decode(String.self)
            guard let action = Action(rawValue: text) else {
                let all = Action.allCases.map(\.rawValue).joined(separator: ", ")
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "expected one of \(all)")
                )
            }
            self = action
        }
    }

    /// What it does.
    package var action: Action
    /// Why not, or the words that were asked for.
    package var text: String?
    /// Other arguments to go ahead with.
    package var arguments: JSON?

    /// Creates an answer.
    package init(_ action: Action, text: String? = nil, arguments: JSON? = nil) {
        self.action = action
        self.text = text
        self.arguments = arguments
    }
}

/// What `POST /v1/runs/{id}/effects/{seq}/settle` takes.
package struct SettleDocument: Sendable, Hashable, Codable {
    /// Whether the effect happened.
    package var happened: Bool

    /// Creates a request.
    package init(happened: Bool) { self.happened = happened }
}

/// What became of a command.
package struct ReceiptDocument: Sendable, Hashable, Codable {
    /// The run.
    package var run: RunID
    /// The seq of the last transition that the command led to.
    package var seq: Int
    /// Where the run stands.
    package var status: RunStatus

    /// Creates a receipt.
    package init(run: RunID, seq: Int, status: RunStatus) {
        self.run = run
        self.seq = seq
        self.status = status
    }
}
