/// Calls and amounts added up, with a sum of its own for every provenance.
package struct CostSum: Sendable, Hashable {
    /// How the calls ended.
    package var calls = CallCounts()
    /// Tokens that went in, as far as they are told apart.
    package var input = 0
    /// Tokens that came out, as far as they are told apart.
    package var output = 0
    /// How many charges there were.
    package var charges = 0
    /// What was charged after its call had been given up; part of the amounts.
    package var late = Usage.zero
    private var amounts = [Usage](repeating: .zero, count: Provenance.allCases.count)

    /// Creates a sum of nothing.
    package init() {}

    /// The amounts of one provenance.
    package subscript(provenance: Provenance) -> Usage { amounts[provenance.rawValue] }

    /// The amounts of all.
    package var usage: Usage { amounts.reduce(.zero, +) }

    mutating func add(_ charge: Charge) {
        amounts[charge.provenance.rawValue] = amounts[charge.provenance.rawValue] + charge.usage
        input.increase(by: charge.input ?? 0)
        output.increase(by: charge.output ?? 0)
        charges.increase()
        if charge.isLate { late = late + charge.usage }
    }

    package static func + (left: CostSum, right: CostSum) -> CostSum {
        var sum = left
        sum.calls = left.calls + right.calls
        sum.input.increase(by: right.input)
        sum.output.increase(by: right.output)
        sum.charges.increase(by: right.charges)
        sum.late = left.late + right.late
        for index in sum.amounts.indices { sum.amounts[index] = left.amounts[index] + right.amounts[index] }
        return sum
    }
}

/// What sums are kept apart by. Everything that is asked for is a roll-up of these groups.
package struct CostKey: Sendable, Hashable {
    /// The day in UTC, as days since 1970-01-01.
    package var day: Int
    /// The customer or team.
    package var tenant: String
    /// The role.
    package var role: String
    /// The conversation; empty where there is none.
    package var conversation: String
    /// What was called.
    package var source: Charge.Source
    /// The model or tool; empty where the record names none.
    package var name: String
}

/// What costs can be listed by.
package enum CostDimension: String, Sendable, Hashable, CaseIterable {
    case role, model, tool, conversation, tenant, day

    /// The value that a group has in this dimension; `nil` where the dimension has no place for it.
    package func value(of key: CostKey) -> String? {
        switch self {
        case .role: key.role
        case .model: key.source == .tool ? nil : key.name
        case .tool: key.source == .tool ? key.name : nil
        case .conversation: key.conversation
        case .tenant: key.tenant
        case .day: Timestamp.dayText(key.day)
        }
    }
}

extension Timestamp {
    private static let dayMicroseconds: Int64 = 86_400_000_000

    /// The day in UTC, as days since 1970-01-01; before that, negative.
    package var day: Int {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: Self.dayMicroseconds)
        return Int(rest < 0 ? quotient - 1 : quotient)
    }

    /// A day as `2026-01-31`.
    package static func dayText(_ day: Int) -> String {
        let (product, overflow) = Int64(day).multipliedReportingOverflow(by: dayMicroseconds)
        return String(Timestamp(microseconds: overflow ? 0 : product).description.prefix(10))
    }
}
