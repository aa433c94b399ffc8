import SomaCore

/// Limits as people write them.
enum BudgetText {
    /// Writes an amount so that `read` understands it.
    static func write(_ amount: Int, _ dimension: Budget.Dimension) -> String {
        switch dimension {
        case .tokens, .steps: "\(amount)"
        case .microdollars: money(amount)
        case .seconds:
            amount % 3_600 == 0 ? "\(amount / 3_600)h" : amount % 60 == 0 ? "\(amount / 60)m" : "\(amount)s"
        }
    }

    /// Writes an amount as tables do.
    static func short(_ amount: Int, _ dimension: Budget.Dimension) -> String {
        switch dimension {
        case .tokens, .steps: Amounts.short(amount)
        case .microdollars: Amounts.money(amount)
        case .seconds: Amounts.time(.seconds(amount))
        }
    }

    private static func money(_ microdollars: Int) -> String {
        let cents = (microdollars / 10_000).addingClamped(microdollars % 10_000 > 0 ? 1 : 0)
        let rest = "\(cents % 100)"
        return "$\(cents / 100).\(rest.count < 2 ? "0" + rest : rest)"
    }

    /// Reads an amount; `nil` where it is none, or 0.
    static func read(_ text: String, _ dimension: Budget.Dimension) -> Int? {
        let text = String(text.filter { !$0.isWhitespace && $0 != "," })
        let amount: Int? =
            switch dimension {
            case .tokens, .steps: number(text)
            case .microdollars: dollars(text)
            case .seconds: time(text)
            }
        return amount.flatMap { $0 > 0 ? $0 : nil }
    }

    /// What is expected, for a person who wrote something else.
    static func example(_ dimension: Budget.Dimension) -> String {
        switch dimension {
        case .tokens: "give tokens in all, such as 50000 or 50k"
        case .steps: "give steps in all, such as 400"
        case .microdollars: "give dollars in all, such as 2.50"
        case .seconds: "give the time in all, such as 90s, 20m or 2h"
        }
    }

    /// Reads an amount that names its kind: `$2.50`, `400 steps`, `50k tokens`, `20m`.
    static func parse(_ words: [String]) -> (Budget.Dimension, Int)? {
        guard let first = words.first else { return nil }
        let unit = words.count > 1 ? words[1] : ""
        let dimension: Budget.Dimension? =
            switch unit {
            case "steps", "step": .steps
            case "tokens", "token": .tokens
            case "usd", "USD", "dollars": .microdollars
            case "" where first.hasPrefix("$"): .microdollars
            case "" where first.last.map({ "smh".contains($0) }) == true: .seconds
            default: nil
            }
        guard let dimension, let amount = read(first, dimension) else { return nil }
        return (dimension, amount)
    }

    private static func number(_ text: String) -> Int? {
        let factor = text.last == "k" ? 1_000 : text.last == "M" ? 1_000_000 : 1
        let digits = factor == 1 ? text[...] : text.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(digits)
        else {
            return nil
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    private static func dollars(_ text: String) -> Int? {
        let digits = text.hasPrefix("$") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = number(String(parts[0])), whole <= 1_000_000_000
        else {
            return nil
        }
        guard parts.count == 2 else { return whole * 1_000_000 }
        guard parts[1].count <= 6, !parts[1].isEmpty, let decimals = Int(parts[1]), decimals >= 0 else {
            return nil
        }
        let scale = (0..<(6 - parts[1].count)).reduce(1) { product, _ in product * 10 }
        return whole * 1_000_000 + decimals * scale
    }

    private static func time(_ text: String) -> Int? {
        let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3_600]
        guard let unit = text.last.flatMap({ factors[$0] }), let value = number(String(text.dropLast()))
        else {
            return nil
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }
}

extension Limits {
    /// One limit, in the units that the log counts in.
    init(_ amount: Int, _ dimension: Budget.Dimension) {
        self.init()
        switch dimension {
        case .tokens: tokens = amount
        case .microdollars: microdollars = amount
        case .steps: steps = amount
        case .seconds: seconds = amount
        }
    }

    subscript(dimension: Budget.Dimension) -> Int? {
        switch dimension {
        case .tokens: tokens
        case .microdollars: microdollars
        case .steps: steps
        case .seconds: seconds
        }
    }
}

extension Budget {
    /// What is used or set aside of a limit; `nil` for time, which the log doesn't add up.
    func used(_ dimension: Dimension) -> Int? {
        let used = spent + reserved
        return switch dimension {
        case .tokens: used.tokens
        case .microdollars: used.microdollars
        case .steps: used.steps
        case .seconds: nil
        }
    }
}
