import SomaCore
package import SomaSettings

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

extension ModelChoice {
    /// The model that the settings name; `nil` where there is no provider.
    package init?(_ settings: Settings) {
        guard settings.modelAddress != nil else { return nil }
        self.init(name: settings.modelName ?? "default")
        // Whoever names one of the two prices means that the other is nothing.
        if settings.modelInputPrice != nil || settings.modelOutputPrice != nil {
            price = ModelPrice(
                input: Int(settings.modelInputPrice?.microdollars ?? 0),
                output: Int(settings.modelOutputPrice?.microdollars ?? 0)
            )
        }
    }

    /// The host of a provider's address, as metrics name it.
    package static func provider(_ address: String) -> String {
        let parts = address.split(separator: "/", omittingEmptySubsequences: true)
        return parts.count > 1 ? String(parts[1].prefix(100)) : ""
    }
}
