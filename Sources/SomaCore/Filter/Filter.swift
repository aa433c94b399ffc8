/// Which things of a list pass: conditions that must all hold.
///
/// The console's grammar makes it from what was typed; `FilterMatcher` applies it.
package struct Filter: Sendable {
    /// One condition.
    package struct Term: Sendable {
        /// Where to look: in one field, or wherever a thing has words.
        package var field: FilterField?
        /// What to look for.
        package var test: Test
        /// Whether it must not hold.
        package var isNegated: Bool

        package init(field: FilterField? = nil, test: Test, isNegated: Bool = false) {
            self.field = field
            self.test = test
            self.isNegated = isNegated
        }
    }

    /// What is looked for.
    package enum Test: Sendable {
        /// Any of these.
        case text([TextPattern])
        /// A number in this range.
        case number(NumberRange)
    }

    /// The text that it was made from; two filters of one list with the same text are the same.
    package var text: String
    /// The conditions.
    package var terms: [Term]

    /// The most conditions that one filter may have.
    package static let termsMax = 16

    /// Makes a filter; without terms everything passes.
    package init(text: String = "", terms: [Term] = []) {
        self.text = text
        self.terms = terms
    }

    /// Whether everything passes.
    package var isEmpty: Bool { terms.isEmpty }

    /// Whether things should be ordered by how well they match.
    package var ranks: Bool {
        terms.contains { term in
            guard !term.isNegated, case .text(let patterns) = term.test else { return false }
            return patterns.contains { if case .fuzzy = $0 { true } else { false } }
        }
    }
}

/// What a text has to look like.
package enum TextPattern: Sendable {
    /// These bytes must be in it.
    case literal(ByteNeedle)
    /// The expression must match somewhere in one of its lines.
    case regex(LinearRegex)
    /// These characters must come in it in their order.
    case fuzzy(FuzzyPattern)

    /// A word as people mean it: without capitals either case will do, also beyond ASCII.
    package init(word: String) {
        let foldsCase = !word.contains(where: \.isUppercase)
        if foldsCase, !word.utf8.allSatisfy({ $0 < 0x80 }),
            let regex = try? LinearRegex(word, mode: .lines, ignoresCase: true, isLiteral: true)
        {
            self = .regex(regex)
        } else {
            self = .literal(ByteNeedle(word.utf8, foldsCase: foldsCase))
        }
    }
}

/// A range of numbers, each end included or not.
package struct NumberRange: Sendable, Hashable {
    /// The least; `nil` for any.
    package var low: Double?
    /// The greatest; `nil` for any.
    package var high: Double?
    /// Whether `low` itself is outside.
    package var isAboveLow: Bool
    /// Whether `high` itself is outside.
    package var isBelowHigh: Bool

    package init(low: Double? = nil, high: Double? = nil, isAboveLow: Bool = false, isBelowHigh: Bool = false)
    {
        self.low = low
        self.high = high
        self.isAboveLow = isAboveLow
        self.isBelowHigh = isBelowHigh
    }

    /// Whether a number is in it.
    package func contains(_ number: Double) -> Bool {
        if let low, isAboveLow ? number <= low : number < low { return false }
        if let high, isBelowHigh ? number >= high : number > high { return false }
        return true
    }
}

extension Filter: Hashable {
    /// Compares the texts that the filters were made from.
    package static func == (left: Filter, right: Filter) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
