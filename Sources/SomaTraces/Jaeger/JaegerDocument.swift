/// What the Jaeger query API answers, and what Jaeger's console saves and loads.
public struct JaegerDocument: Sendable, Hashable {
    /// What a document holds.
    public enum Content: Sendable, Hashable {
        /// `/api/traces`, `/api/traces/{id}`, a saved trace, a list of spans, or OTLP in JSON.
        case traces([Trace])
        /// `/api/services`, or `/api/services/{service}/operations` in its older form.
        case names([String])
        /// `/api/operations`.
        case operations([JaegerOperation])
        /// `/api/dependencies`.
        case dependencies([JaegerDependency])
        /// Nothing but errors, or an answer without data.
        case nothing
    }

    /// What it holds.
    public var content: Content
    /// What the server says went wrong, in whole or in part.
    public var errors: [JaegerProblem]

    /// Creates a document.
    public init(content: Content, errors: [JaegerProblem] = []) {
        self.content = content
        self.errors = errors
    }

    /// The traces; empty where it holds something else.
    public var traces: [Trace] { if case .traces(let traces) = content { traces } else { [] } }
}

/// An operation of a service.
public struct JaegerOperation: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// `server`, `client`, …; empty where it isn't known.
    public var kind: String

    /// Creates an operation.
    public init(name: String, kind: String = "") {
        self.name = name
        self.kind = kind
    }
}

/// How often one service called another.
public struct JaegerDependency: Sendable, Hashable {
    /// The service that calls.
    public var parent: String
    /// The service that is called.
    public var child: String
    /// How many calls there were.
    public var calls: Int64

    /// Creates a dependency.
    public init(parent: String, child: String, calls: Int64) {
        self.parent = parent
        self.child = child
        self.calls = calls
    }
}

/// An error within an answer.
public struct JaegerProblem: Sendable, Hashable {
    /// The HTTP status that it stands for; 0 where there is none.
    public var code: Int64
    /// What went wrong, in the server's words.
    public var message: String
    /// The trace that it is about; empty for all.
    public var trace: String

    /// Creates a problem.
    public init(code: Int64, message: String, trace: String = "") {
        self.code = code
        self.message = message
        self.trace = trace
    }
}
