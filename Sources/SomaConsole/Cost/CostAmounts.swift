import SomaCore

/// What was used, added up.
///
/// Sums are kept up by adding and taking away, so no amount is held at a limit when it is added: each that comes in
/// is small enough that a hundred thousand of them fit.
package struct CostAmounts: Sendable, Hashable {
    /// The most that one amount of one record may be; what a log says beyond that is no amount.
    static let most = 10_000_000_000_000

    /// Tokens in all.
    package var tokens = 0
    /// Tokens that went in, as far as that was read.
    package var input = 0
    /// Tokens that came out, as far as that was read.
    package var output = 0
    /// Millionths of a US dollar.
    package var microdollars = 0
    /// Calls to tools that were asked for, as far as logs were read.
    package var calls = 0
    /// Calls to models that were asked for, likewise.
    package var asks = 0
    /// The tokens of which no log was read.
    package var unreadTokens = 0
    /// The money of which no log was read.
    package var unreadMicrodollars = 0
    /// What was used on the person's day.
    package var today = Pace()
    /// What was used in the last hour.
    package var recent = Pace()

    /// What was used within a time.
    package struct Pace: Sendable, Hashable {
        package var tokens = 0
        package var microdollars = 0
        /// How much more of what was not read may be of that time: tokens, and money.
        package var unsureTokens = 0
        package var unsureMicrodollars = 0

        static func + (left: Pace, right: Pace) -> Pace {
            Pace(
                tokens: left.tokens &+ right.tokens,
                microdollars: left.microdollars &+ right.microdollars,
                unsureTokens: left.unsureTokens &+ right.unsureTokens,
                unsureMicrodollars: left.unsureMicrodollars &+ right.unsureMicrodollars
            )
        }

        static func - (left: Pace, right: Pace) -> Pace {
            Pace(
                tokens: left.tokens &- right.tokens,
                microdollars: left.microdollars &- right.microdollars,
                unsureTokens: left.unsureTokens &- right.unsureTokens,
                unsureMicrodollars: left.unsureMicrodollars &- right.unsureMicrodollars
            )
        }

        /// The amount that a measure looks at.
        func amount(_ measure: CostMeasure) -> Int { measure == .money ? microdollars : tokens }
        /// How much more it may be.
        func unsure(_ measure: CostMeasure) -> Int {
            measure == .money ? unsureMicrodollars : unsureTokens
        }
    }

    package init() {}

    /// The amount that a measure looks at.
    func amount(_ measure: CostMeasure) -> Int { measure == .money ? microdollars : tokens }

    /// An amount as a log tells it, held within what can be added up.
    static func held(_ amount: Int) -> Int { min(max(0, amount), most) }

    static func + (left: CostAmounts, right: CostAmounts) -> CostAmounts {
        var sum = left
        sum.tokens &+= right.tokens
        sum.input &+= right.input
        sum.output &+= right.output
        sum.microdollars &+= right.microdollars
        sum.calls &+= right.calls
        sum.asks &+= right.asks
        sum.unreadTokens &+= right.unreadTokens
        sum.unreadMicrodollars &+= right.unreadMicrodollars
        sum.today = left.today + right.today
        sum.recent = left.recent + right.recent
        return sum
    }

    static func - (left: CostAmounts, right: CostAmounts) -> CostAmounts {
        var rest = left
        rest.tokens &-= right.tokens
        rest.input &-= right.input
        rest.output &-= right.output
        rest.microdollars &-= right.microdollars
        rest.calls &-= right.calls
        rest.asks &-= right.asks
        rest.unreadTokens &-= right.unreadTokens
        rest.unreadMicrodollars &-= right.unreadMicrodollars
        rest.today = left.today - right.today
        rest.recent = left.recent - right.recent
        return rest
    }
}

/// What shares, rates and forecasts are of: money, or tokens where nothing has a price.
enum CostMeasure: Sendable, Hashable {
    case money, tokens

    /// The amount as tables write it.
    func words(_ amount: Int) -> String { self == .money ? Amounts.money(amount) : Amounts.short(amount) }
}
