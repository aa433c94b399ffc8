/// One group of a list of costs.
package struct CostLine: Sendable, Hashable {
    /// What it is.
    package var name: CostName
    /// What it comes to.
    package var amounts = CostAmounts()
    /// How many runs have a part in it.
    package var runs = 0
    /// How many of them are known in full: their logs were read.
    package var read = 0
    /// How many of them have not ended.
    package var open = 0
    /// How much money the open ones may use before their budgets end them.
    package var left = 0
    /// How many open ones have no limit on money, nor anybody above them that has one.
    package var boundless = 0
    /// How many open ones use what a run above them may, which counts elsewhere.
    package var within = 0

    init(_ name: CostName) { self.name = name }
}
