/// How much something cost, or may cost.
public struct Usage: Sendable, Hashable, Codable {
    /// Model tokens, in and out.
    public var tokens: Int
    /// Millionths of a US dollar.
    public var microdollars: Int
    /// Nodes entered.
    public var steps: Int

    /// Creates an amount.
    public init(tokens: Int = 0, microdollars: Int = 0, steps: Int = 0) {
        self.tokens = tokens
        self.microdollars = microdollars
        self.steps = steps
    }

    /// Nothing.
    public static let zero = Usage()

    /// Whether every amount is 0.
    public var isZero: Bool { self == .zero }

    /// Adds amounts, held within 64 bits.
    public static func + (left: Usage, right: Usage) -> Usage {
        Usage(
            tokens: left.tokens.addingClamped(right.tokens),
            microdollars: left.microdollars.addingClamped(right.microdollars),
            steps: left.steps.addingClamped(right.steps)
        )
    }

    /// Takes amounts away, not below 0.
    public static func - (left: Usage, right: Usage) -> Usage {
        Usage(
            tokens: max(0, left.tokens.subtractingClamped(right.tokens)),
            microdollars: max(0, left.microdollars.subtractingClamped(right.microdollars)),
            steps: max(0, left.steps.subtractingClamped(right.steps))
        )
    }
}

/// The most that a run and all that it delegates may use. `nil` means no limit.
public struct Limits: Sendable, Hashable, Codable {
    /// Model tokens, in and out.
    public var tokens: Int?
    /// Millionths of a US dollar.
    public var microdollars: Int?
    /// Nodes entered.
    public var steps: Int?
    /// Seconds that the run works; waiting for a person doesn't count.
    public var seconds: Int?

    /// Creates limits.
    public init(tokens: Int? = nil, microdollars: Int? = nil, steps: Int? = nil, seconds: Int? = nil) {
        self.tokens = tokens
        self.microdollars = microdollars
        self.steps = steps
        self.seconds = seconds
    }

    /// The tighter of two limits, each by each.
    public func tightened(by other: Limits) -> Limits {
        func tighter(_ left: Int?, _ right: Int?) -> Int? {
            guard let left else { return right }
            return right.map { min(left, $0) } ?? left
        }
        return Limits(
            tokens: tighter(tokens, other.tokens),
            microdollars: tighter(microdollars, other.microdollars),
            steps: tighter(steps, other.steps),
            seconds: tighter(seconds, other.seconds)
        )
    }
}

/// What a run may use, has used, and has set aside for what is under way.
///
/// An amount is reserved before a call or a child starts and settled when it ends, so `spent + reserved` never
/// passes the limit. A child's whole grant is reserved here, which makes the limit hold for the subtree.
public struct Budget: Sendable, Hashable, Codable {
    /// The most that may be used.
    public var limits: Limits
    /// What was used, by this run and the children that ended.
    public var spent: Usage
    /// What is set aside for calls and children under way.
    public var reserved: Usage

    /// Creates a budget of which nothing is used.
    public init(limits: Limits = Limits(), spent: Usage = .zero, reserved: Usage = .zero) {
        self.limits = limits
        self.spent = spent
        self.reserved = reserved
    }

    /// The names of the limits, in the order in which they are checked.
    public enum Dimension: String, Sendable, Hashable, CaseIterable {
        case tokens, microdollars, steps, seconds
    }

    /// The first limit that `amount` more would break, or `nil` where there is room.
    public func shortage(for amount: Usage) -> Dimension? {
        let total = spent + reserved + amount
        if let limit = limits.tokens, amount.tokens > 0, total.tokens > limit { return .tokens }
        if let limit = limits.microdollars, amount.microdollars > 0, total.microdollars > limit {
            return .microdollars
        }
        if let limit = limits.steps, amount.steps > 0, total.steps > limit { return .steps }
        return nil
    }

    /// What is left of each limit that there is.
    public var available: Limits {
        let used = spent + reserved
        return Limits(
            tokens: limits.tokens.map { max(0, $0.subtractingClamped(used.tokens)) },
            microdollars: limits.microdollars.map { max(0, $0.subtractingClamped(used.microdollars)) },
            steps: limits.steps.map { max(0, $0.subtractingClamped(used.steps)) },
            seconds: limits.seconds
        )
    }

    /// The largest part of a limit that is used, from 0 to 1; `nil` where there are no limits.
    public var fractionUsed: Double? {
        let used = spent + reserved
        let parts = [
            (limits.tokens, used.tokens), (limits.microdollars, used.microdollars),
            (limits.steps, used.steps),
        ]
        return parts.compactMap { limit, value in
            limit.map { $0 <= 0 ? 1 : min(1, Double(value) / Double($0)) }
        }.max()
    }
}
