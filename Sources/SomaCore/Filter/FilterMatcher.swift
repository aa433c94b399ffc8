/// Something that a filter can be asked about.
package protocol FilterSubject {
    /// Whether a text of a field passes a test; without a field, whether any of its words do.
    func hasText(_ field: FilterField?, where test: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool
    /// A field's number; `nil` where it has none.
    func number(_ field: FilterField) -> Double?
}

/// Applies a filter, with the memory that its expressions need. For one thread.
package final class FilterMatcher {
    /// The filter.
    package let filter: Filter
    /// For each term and pattern, the machine of its expression.
    private var machines: [[RegexMatcher?]]

    package init(_ filter: Filter) {
        self.filter = filter
        machines = filter.terms.map { term in
            guard case .text(let patterns) = term.test else { return [] }
            return patterns.map { if case .regex(let regex) = $0 { RegexMatcher(regex) } else { nil } }
        }
    }

    /// Whether something passes.
    package func matches(_ subject: some FilterSubject) -> Bool {
        for (index, term) in filter.terms.enumerated() where holds(index, subject) == term.isNegated {
            return false
        }
        return true
    }

    /// Whether the condition of a term holds, before it is negated.
    package func holds(_ index: Int, _ subject: some FilterSubject) -> Bool {
        let term = filter.terms[index]
        switch term.test {
        case .number(let range):
            guard let field = term.field, let number = subject.number(field) else { return false }
            return range.contains(number)
        case .text: return subject.hasText(term.field) { fits(index, $0) }
        }
    }

    /// Whether a text has what a term looks for.
    package func fits(_ index: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard case .text(let patterns) = filter.terms[index].test else { return false }
        for (place, pattern) in patterns.enumerated() {
            switch pattern {
            case .literal(let needle): if needle.isFound(in: text) { return true }
            case .fuzzy(let pattern): if pattern.score(text) != nil { return true }
            case .regex: if machines[index][place]?.matches(text) == true { return true }
            }
        }
        return false
    }

    /// How well something that passes matches the fuzzy words: the higher the better.
    package func score(_ subject: some FilterSubject) -> Int {
        var total = 0
        for term in filter.terms where !term.isNegated {
            guard case .text(let patterns) = term.test else { continue }
            var best = 0
            _ = subject.hasText(term.field) { text in
                for case .fuzzy(let pattern) in patterns { best = max(best, pattern.score(text) ?? 0) }
                return false
            }
            total += best
        }
        return total
    }
}

extension String {
    /// Whether the text passes a test on its bytes.
    @inline(__always)
    package func passes(_ test: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        var text = self
        return text.withUTF8 { test($0) }
    }
}
