public import SomaCore

/// What a person or a program asks of a run.
public enum RunCommand: Sendable {
    /// Decide nothing more until resumed; what is under way ends.
    case pause
    /// Go on.
    case resume
    /// End it and all that it delegated.
    case cancel(reason: String)
    /// Answer the open question `seq`; `nil` means the only one there is.
    case answer(seq: Int?, Answer)
    /// Say whether an effect that may have happened did. `nil` means the only one in doubt.
    case settle(seq: Int?, happened: Bool)
    /// Change limits; parts that are `nil` stay.
    case budget(Limits)

    /// An answer to a question.
    public enum Answer: Sendable {
        /// Go ahead, with other arguments where they are given.
        case approve(arguments: Words?)
        /// Don't, and why.
        case reject(message: String)
        /// The words that were asked for.
        case reply(String)
    }
}

/// What became of a command: how far the run is now.
public struct CommandReceipt: Sendable, Hashable, Codable {
    /// The run.
    public var run: RunID
    /// The seq of the last transition that the command led to.
    public var seq: Int
    /// Where the run stands.
    public var status: RunStatus

    /// Creates a receipt.
    public init(run: RunID, seq: Int, status: RunStatus) {
        self.run = run
        self.seq = seq
        self.status = status
    }
}

/// Why a command was refused.
public struct CommandRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal.
    public enum Kind: String, Sendable {
        /// There is no such run, or no such question.
        case missing
        /// It is too late, or there are several and none was named.
        case conflict
        /// The command makes no sense as it stands.
        case invalid
        /// The run can't start: the catalog refused.
        case refused
        /// The engine is stopping or its store has failed.
        case unavailable
    }

    /// What kind of refusal.
    public let kind: Kind
    /// A stable short code.
    public let code: String
    /// What is wrong.
    public let message: String
    /// What to do; empty where the message says it.
    public let hint: String

    /// Creates a refusal.
    public init(_ kind: Kind, code: String, _ message: String, hint: String = "") {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The message and the hint.
    public var description: String { hint.isEmpty ? message : "\(message) \(hint)" }
}
