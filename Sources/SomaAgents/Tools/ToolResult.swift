package import SomaCore

/// What came of a call.
package struct ToolResult: Sendable, Hashable {
    /// Why there is no ordinary result.
    package enum Failure: String, Sendable, Hashable, CaseIterable {
        /// The schema refused the arguments, or they make no sense together. Nothing was done.
        case invalidArguments = "invalid_arguments"
        /// There is no tool of that name.
        case unknownTool = "unknown_tool"
        /// Policy or the sandbox refused. Nothing was done.
        case refused
        /// What it names isn't there.
        case notFound = "not_found"
        /// Time ran out; a command and all of its children were killed.
        case timedOut = "timed_out"
        /// The call was cancelled.
        case cancelled
        /// Something is larger than the limits allow.
        case tooLarge = "too_large"
        /// It was tried and did not work, which includes a command that ended with another status than 0.
        case failed
    }

    /// Why there is no ordinary result; `nil` when all went well.
    package var failure: Failure?
    /// The exit status of a command; 128 plus the signal where one killed it, as a shell has it.
    package var exitStatus: Int?
    /// Structured facts, an object: what expectations look into.
    package var output: JSON
    /// What a person or a model reads. Hostile: it may hold anything that a file or a command held.
    package var text: String
    /// Whether something was cut to keep a limit.
    package var truncated: Bool

    package init(
        failure: Failure? = nil,
        exitStatus: Int? = nil,
        output: JSON = .object([:]),
        text: String,
        truncated: Bool = false
    ) {
        self.failure = failure
        self.exitStatus = exitStatus
        self.output = output
        self.text = text
        self.truncated = truncated
    }

    package init(_ error: ToolError) {
        var facts: JSONObject = ["error": .string(error.failure.rawValue), "message": .string(error.summary)]
        if let hint = error.hint { facts["hint"] = .string(hint) }
        self.init(failure: error.failure, output: .object(facts), text: error.description)
    }

    /// Whether the call failed.
    package var isError: Bool { failure != nil }
}
