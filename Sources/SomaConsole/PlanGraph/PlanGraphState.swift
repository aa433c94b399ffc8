package import SomaCore

/// What a person is doing in the plan graph.
package struct PlanGraphState: Sendable {
    /// The run whose graph it is.
    package var run: RunID?
    /// The run as it was there.
    package var shown: RunState?
    /// Whether the run's log was there when `shown` was made.
    package var isFromLog = false
    /// Whether every edge is drawn, or those that matter.
    package var isWhole = false
    /// Whether the steps are in sight instead of the graph, where there is no room for both.
    package var showsSteps = false
    /// The first row in sight of a graph or step list that is higher than the screen; `nil` keeps the current one
    /// in sight.
    package var top: Int?
    /// The words of the last fact there.
    package var lastFact: ContentID?
    /// The last verdict or failure there.
    package var lastTrouble: Transition?

    /// How far back the panels look for something worth telling, in transitions.
    package static let lookBackMax = 2_000

    package init() {}
}

/// What happens in the plan graph.
package enum PlanGraphMessage: Sendable, Hashable {
    /// Back or forth along the run's log.
    case walked(Int)
    /// Graph or steps.
    case paneSwitched
    /// All edges or those that matter.
    case wholeToggled
    /// By rows.
    case scrolled(Int)
}
