import SomaCore

/// The model that a run thinks with, and what it costs.
package struct ModelChoice: Sendable, Hashable, Codable {
    /// The model's name at its provider.
    package var name: String
    /// What it costs; `nil` where nobody said.
    package var price: ModelPrice?

    package init(name: String, price: ModelPrice? = nil) {
        self.name = name
        self.price = price
    }
}

/// What a million tokens cost, in millionths of a US dollar.
package struct ModelPrice: Sendable, Hashable, Codable {
    package var input: Int
    package var output: Int

    package init(input: Int, output: Int) {
        self.input = input
        self.output = output
    }

    /// What a call costs, rounded up.
    package func microdollars(input inputTokens: Int, output outputTokens: Int) -> Int {
        let (left, leftOverflow) = input.multipliedReportingOverflow(by: max(0, inputTokens))
        let (right, rightOverflow) = output.multipliedReportingOverflow(by: max(0, outputTokens))
        guard !leftOverflow, !rightOverflow else { return .max }
        return left.addingClamped(right).addingClamped(999_999) / 1_000_000
    }
}
