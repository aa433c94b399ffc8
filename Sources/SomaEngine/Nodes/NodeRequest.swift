public import SomaCore

/// Something a node asks for.
public enum NodeRequest: Sendable {
    /// A tool or a model is to be called.
    case effect(EffectRequest)
    /// A person is to answer.
    case question(Words)
    /// Another run is to do part of the work.
    case child(ChildRequest)
}

/// A call to a tool or a model.
public struct EffectRequest: Sendable {
    /// What is called.
    public enum Kind: String, Sendable {
        case tool, model
    }

    /// What is called.
    public var kind: Kind
    /// The tool's or model's name.
    public var name: String
    /// What a crash may do to it.
    public var effectClass: EffectClass
    /// What it is called with; JSON.
    public var arguments: Words
    /// How long one try may take.
    public var timeout: Duration
    /// How often it is tried, the first time included.
    public var attemptsMax: Int
    /// What is set aside for one try.
    public var reserve: Usage
    /// Why a person must approve it first; `nil` where nobody must.
    public var approval: Approval?

    /// Why a person is asked.
    public struct Approval: Sendable {
        /// What is at risk, in one line.
        public var risk: String
        /// Why the run wants it.
        public var reason: String

        /// Creates a reason to ask.
        public init(risk: String, reason: String) {
            self.risk = risk
            self.reason = reason
        }
    }

    /// Creates a call.
    public init(
        kind: Kind,
        name: String,
        effectClass: EffectClass,
        arguments: Words,
        timeout: Duration = .seconds(60),
        attemptsMax: Int = 1,
        reserve: Usage = .zero,
        approval: Approval? = nil
    ) {
        self.kind = kind
        self.name = name
        self.effectClass = effectClass
        self.arguments = arguments
        self.timeout = timeout
        self.attemptsMax = attemptsMax
        self.reserve = reserve
        self.approval = approval
    }
}

/// A run that is to do part of the work.
public struct ChildRequest: Sendable {
    /// Its role.
    public var role: String
    /// Its goal.
    public var goal: String
    /// The runbook that it follows, by name; `nil` lets the goal decide.
    public var runbook: String?
    /// The runbook's parameters.
    public var parameters: JSONObject
    /// The most that it may use; `nil` parts get half of what is left.
    public var limits: Limits

    /// Creates a request.
    public init(
        role: String,
        goal: String,
        runbook: String? = nil,
        parameters: JSONObject = JSONObject(),
        limits: Limits = Limits()
    ) {
        self.role = role
        self.goal = goal
        self.runbook = runbook
        self.parameters = parameters
        self.limits = limits
    }
}
