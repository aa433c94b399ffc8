public import SomaCore

/// One try of a call to a tool that another process performs.
public struct ToolCall: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The run that asks for it.
    public var run: RunID
    /// The seq of its `effect.requested`.
    public var effect: Int
    /// Which try, from 1.
    public var attempt: Int

    /// Names a call.
    public init(run: RunID, effect: Int, attempt: Int) {
        self.run = run
        self.effect = effect
        self.attempt = attempt
    }

    /// Names the call of a try.
    init(_ call: EffectCall) { self.init(run: call.run.id, effect: call.effect, attempt: call.attempt) }

    /// `run/effect/attempt`, as it stands on the bus.
    public var description: String { "\(run)/\(effect)/\(attempt)" }

    /// Reads what `description` wrote; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let effect = Int(parts[1]), let attempt = Int(parts[2]),
            effect > 0, attempt > 0
        else { return nil }
        self.init(run: RunID(String(parts[0])), effect: effect, attempt: attempt)
    }

    /// Compares runs, then effects, then tries.
    public static func < (left: ToolCall, right: ToolCall) -> Bool {
        (left.run, left.effect, left.attempt) < (right.run, right.effect, right.attempt)
    }
}

/// How a call stands.
public enum ToolCallStanding: Sendable, Hashable {
    /// Nobody has taken it, for so long.
    case wanted(Duration)
    /// An executor has it, and says so again and again.
    case taken
    /// The executor that had it says nothing any more.
    case lost
    /// It is over.
    case finished(EffectResult)
}

/// Holds the calls that orchestrators want and executors perform: who has which, and how it ended.
///
/// Times are measured by the store's clock alone. What it says is durable when it returns.
public protocol ToolCallStore: Sendable {
    /// Notes that a call is wanted, unless that is noted already.
    ///
    /// - Parameter seq: The last transition of the run when it was decided.
    func want(_ call: ToolCall, seq: Int) async throws(StoreError)

    /// Takes a call for an executor, unless somebody has it or had it, it is over, or nobody wants it.
    ///
    /// - Returns: The seq that `want` was told, where the call is the executor's now. Taking its own again changes nothing.
    func take(_ call: ToolCall, by executor: String, for time: Duration) async throws(StoreError) -> Int?

    /// Lets calls go that an executor took and didn't begin: others may take them at once. Changes nothing for those that are
    /// over, that nobody wants any more, or that the executor has lost: of these others may have been told already.
    func giveBack(_ calls: [ToolCall], by executor: String) async throws(StoreError)

    /// Calls that nobody has taken for so long, the longest waiting first.
    func untaken(for time: Duration, limit: Int) async throws(StoreError) -> [ToolCall]

    /// Says that an executor still has calls.
    ///
    /// - Returns: Those that it is to end: nobody wants them any more.
    func hold(_ calls: [ToolCall], by executor: String, for time: Duration) async throws(StoreError)
        -> [ToolCall]

    /// Keeps how a call ended; the first result stays. Late ones count: they are facts.
    func finish(_ call: ToolCall, _ result: EffectResult) async throws(StoreError)

    /// How calls stand, also those that were withdrawn; those that nobody ever wanted are left out.
    func standings(of calls: [ToolCall]) async throws(StoreError) -> [ToolCall: ToolCallStanding]

    /// Says that nobody wants a call any more.
    ///
    /// - Returns: Whether an executor had taken it.
    func withdraw(_ call: ToolCall) async throws(StoreError) -> Bool

    /// Forgets calls that were wanted so long ago, whatever became of them.
    func forgetCalls(olderThan time: Duration) async throws(StoreError)
}
