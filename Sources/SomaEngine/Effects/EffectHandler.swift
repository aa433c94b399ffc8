public import SomaCore

/// One try of an effect, as it is given to whoever performs it.
public struct EffectCall: Sendable {
    /// The run, as it was when the try was decided.
    public let run: RunState
    /// The seq of its `effect.requested`.
    public let effect: Int
    /// Which try it is, from 1.
    public let attempt: Int
    /// Whether a tool or a model is called.
    public let kind: EffectRequest.Kind
    /// The tool's or model's name.
    public let name: String
    /// What a crash may do to it.
    public let effectClass: EffectClass
    /// What it is called with.
    public let arguments: Words
    /// How long it may take.
    public let timeout: Duration
    /// Words that the run refers to.
    public let library: Library

    /// The same for every try: what makes a repetition harmless where the other side knows keys.
    public var idempotencyKey: String { "\(run.id)/\(effect)" }
}

/// How a try ended.
public struct EffectResult: Sendable, Hashable {
    /// Whether it did what was asked.
    public var succeeded: Bool
    /// How it ended, in one word: `ok`, `error`, `timeout`, `refused`, `cancelled`.
    public var status: String
    /// Whether another try may end better.
    public var isRetryable: Bool
    /// Whether nobody knows what became of it, because its performer is gone: it may have happened, or half of it.
    public var isLost: Bool
    /// The least that is to be waited before another try, where the other side asked for it.
    public var retryAfter: Duration?
    /// What came of it, in words.
    public var words: Words
    /// Structured facts: exit status, counts.
    public var detail: JSONObject
    /// What it used.
    public var usage: Usage

    /// Creates a result.
    public init(
        succeeded: Bool,
        status: String? = nil,
        isRetryable: Bool = false,
        isLost: Bool = false,
        retryAfter: Duration? = nil,
        words: Words,
        detail: JSONObject = JSONObject(),
        usage: Usage = .zero
    ) {
        self.succeeded = succeeded
        self.status = status ?? (succeeded ? "ok" : "error")
        self.isRetryable = isRetryable
        self.isLost = isLost
        self.retryAfter = retryAfter
        self.words = words
        self.detail = detail
        self.usage = usage
    }
}

/// Performs effects: the only way in which a run touches the world.
public protocol EffectHandler: Sendable {
    /// Performs one try. Cancelling the task ends it.
    ///
    /// - Parameter emit: Takes output as it comes, to be shown; it is not kept.
    func perform(_ call: EffectCall, emit: @escaping @Sendable ([UInt8]) -> Void) async -> EffectResult

    /// Whether effects go on without the process that asked for them. Whoever takes the run over performs the same try
    /// again, and is given the result of the one that is under way.
    func outlives(_ kind: EffectRequest.Kind, _ name: String) -> Bool

    /// The run wants a try no longer; its task is cancelled after this. A task that is cancelled without it only has
    /// nobody here that waits for it.
    func abandoned(_ call: EffectCall) async
}

extension EffectHandler {
    /// They end with the process.
    public func outlives(_ kind: EffectRequest.Kind, _ name: String) -> Bool { false }

    /// Cancelling the task says it all.
    public func abandoned(_ call: EffectCall) async {}
}
