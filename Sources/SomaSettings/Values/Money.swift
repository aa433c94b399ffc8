/// An amount of US dollars, exact to a millionth.
public struct Money: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Millionths of a dollar; never negative.
    public let microdollars: Int64

    /// - Parameter microdollars: Not negative.
    public init(microdollars: Int64) {
        precondition(microdollars >= 0, "an amount is not negative")
        self.microdollars = microdollars
    }

    /// Reads `2`, `0.50`, `$0.50` or `0.50 USD`: at most six decimals, at most a thousand million dollars.
    public init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("$") {
            rest = rest.dropFirst()
        } else if rest.lowercased().hasSuffix("usd") {
            rest = rest.dropLast(3)
            while rest.last == " " { rest = rest.dropLast() }
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
        guard isNumber, (1...2).contains(parts.count), let whole = Int64(parts[0]) else { return nil }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        guard decimals.count <= 6, whole <= 1_000_000_000 else { return nil }
        let padded = decimals + String(repeating: "0", count: 6 - decimals.count)
        guard let fraction = Int64(padded) else { return nil }
        microdollars = whole * 1_000_000 + fraction
    }

    /// The amount with two to six decimals, as in `0.50`.
    public var description: String {
        let fraction = String(microdollars % 1_000_000)
        var decimals = String(repeating: "0", count: 6 - fraction.count) + fraction
        while decimals.count > 2, decimals.last == "0" { decimals.removeLast() }
        return "\(microdollars / 1_000_000).\(decimals)"
    }

    /// Orders by the amount.
    public static func < (left: Money, right: Money) -> Bool {
        left.microdollars < right.microdollars
    }
}
