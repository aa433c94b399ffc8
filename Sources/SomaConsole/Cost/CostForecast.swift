import SomaCore

/// Where what is used leads, by plain arithmetic: the last hour goes on as it was.
struct CostForecast: Sendable, Hashable {
    /// What was used today.
    var today: Int
    /// What was used in the last hour.
    var hour: Int
    /// What the day comes to at its end.
    var dayEnd: Int
    /// Whether what was not read may add to it.
    var isUnsure: Bool

    init(_ amounts: CostAmounts, _ measure: CostMeasure, hoursLeft: Double) {
        today = amounts.today.amount(measure)
        hour = amounts.recent.amount(measure)
        let rest = Double(hour) * hoursLeft
        dayEnd = today &+ Int(min(rest, Double(CostAmounts.most)))
        isUnsure = amounts.today.unsure(measure) > 0 || amounts.recent.unsure(measure) > 0
    }

    /// How long an amount lasts if every hour uses as much as the last one; `nil` where nothing is used.
    func lasts(_ amount: Int) -> Duration? {
        guard hour > 0 else { return nil }
        return .seconds(min(Double(amount) / Double(hour) * 3_600, 9_999 * 86_400))
    }
}
