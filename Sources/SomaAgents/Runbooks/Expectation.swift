package import SomaCore

/// Something that must hold of a step's result, or of the whole.
package struct Expectation: Sendable, Hashable, Codable {
    /// How the value found is compared.
    package enum Comparison: String, Sendable, Hashable, Codable, CaseIterable {
        case equals, differs, above, below
        case atLeast = "at_least"
        case atMost = "at_most"
        /// The text matches a regular expression.
        case matches
        /// A text holds another, or an array an element.
        case contains
        /// It is there and not empty.
        case exists
        /// A second measurement finds the same, within a tolerance.
        case agreesWith = "agrees_with"
    }

    /// The value, as an expression: `output.files`, `text`, `exit`, `steps.other.output.total | plus(1)`.
    package var value: String
    package var comparison: Comparison
    /// What it is compared with; texts are templates. `nil` for `exists` and `agrees_with`.
    package var operand: JSON?
    /// The second measurement.
    package var second: Measurement?
    /// What is checked, in words for the report.
    package var says: String?

    /// A value found in another way.
    package struct Measurement: Sendable, Hashable, Codable {
        /// The tool that measures; `nil` takes the value from what other steps have found.
        package var tool: String?
        /// Its arguments; texts are templates.
        package var arguments: JSON?
        /// The value, as an expression over the measurement's result.
        package var value: String
        /// How far the two may be apart.
        package var tolerance: Double?
        /// The same, in hundredths of the larger one.
        package var tolerancePercent: Double?

        package init(tool: String? = nil, arguments: JSON? = nil, value: String) {
            self.tool = tool
            self.arguments = arguments
            self.value = value
        }
    }

    package init(_ value: String, _ comparison: Comparison, _ operand: JSON? = nil) {
        self.value = value
        self.comparison = comparison
        self.operand = operand
    }

    /// What is checked, in words.
    package var title: String { says ?? "\(value) \(comparison.rawValue)" }
}

/// What came of one check.
package struct Check: Sendable, Hashable, Codable {
    /// What was checked.
    package var what: String
    /// What was expected, in words.
    package var expected: String
    /// What was found.
    package var found: String
    package var ok: Bool

    package init(what: String, expected: String, found: String, ok: Bool) {
        self.what = what
        self.expected = expected
        self.found = found
        self.ok = ok
    }

    /// One line for a message.
    package var line: String {
        ok ? "\(what): \(found)" : "\(what): expected \(expected), found \(found)"
    }
}

extension Expectation {
    /// Checks the value against what is expected.
    ///
    /// - Parameters:
    ///   - values: The result of the step, with all else that is known.
    ///   - measured: The result of the second measurement, or why there is none.
    package func check(
        _ values: some TemplateValues,
        measured: Result<JSON, TemplateError>? = nil
    ) -> Check {
        do throws(TemplateError) {
            let found = try ExpressionParser.expression(value).value(values)
            if comparison == .agreesWith { return try checkAgreement(found, values, measured) }
            var wanted: JSON?
            if let operand { wanted = try Work.filled(operand, values) }
            let sign = comparison.rawValue.map { $0 == "_" ? " " : String($0) }.joined()
            let expected = comparison == .exists ? "something" : "\(sign) \(Self.brief(wanted))"
            return Check(
                what: title,
                expected: expected,
                found: Self.brief(found),
                ok: try holds(found, wanted)
            )
        } catch {
            return Check(what: title, expected: comparison.rawValue, found: error.description, ok: false)
        }
    }

    private func holds(_ found: JSON?, _ wanted: JSON?) throws(TemplateError) -> Bool {
        switch comparison {
        case .equals: return Condition.Sign.equal.holds(found, wanted)
        case .differs: return Condition.Sign.differs.holds(found, wanted)
        case .above: return Condition.Sign.above.holds(found, wanted)
        case .below: return Condition.Sign.below.holds(found, wanted)
        case .atLeast: return Condition.Sign.atLeast.holds(found, wanted)
        case .atMost: return Condition.Sign.atMost.holds(found, wanted)
        case .contains: return Condition.Sign.contains.holds(found, wanted)
        case .exists: return found?.isTruthy ?? false
        case .matches:
            guard let found else { return false }
            do throws(LinearRegexError) {
                return try LinearRegex(wanted?.shown ?? "", mode: .lines).matches(found.shown)
            } catch {
                throw TemplateError("\(error)")
            }
        case .agreesWith: return false
        }
    }

    private func checkAgreement(
        _ found: JSON?,
        _ values: some TemplateValues,
        _ measured: Result<JSON, TemplateError>?
    ) throws(TemplateError) -> Check {
        guard let second else { throw TemplateError("There is no second measurement.") }
        let other: JSON?
        switch measured {
        case nil: other = try ExpressionParser.expression(second.value).value(values)
        case .success(let result): other = try ExpressionParser.expression(second.value).value(result)
        case .failure(let error): throw error
        }
        let ok: Bool
        if let left = found?.double, let right = other?.double {
            let part = max(abs(left), abs(right)) * (second.tolerancePercent ?? 0) / 100
            ok = abs(left - right) <= max(second.tolerance ?? 0, part)
        } else {
            ok = found != nil && Condition.Sign.equal.holds(found, other)
        }
        let way = second.tool.map { " by \($0)" } ?? ""
        let within =
            second.tolerancePercent.map { " ± \(JSON.double($0).shown) %" }
            ?? second.tolerance.map { " ± \(JSON.double($0).shown)" } ?? ""
        return Check(
            what: title,
            expected: "\(Self.brief(other))\(within)\(way)",
            found: Self.brief(found),
            ok: ok
        )
    }

    private static func brief(_ value: JSON?) -> String {
        guard let value else { return "nothing" }
        let text = value.shown
        return text.count > 200 ? text.prefix(200) + "…" : text.isEmpty ? "an empty text" : text
    }
}
