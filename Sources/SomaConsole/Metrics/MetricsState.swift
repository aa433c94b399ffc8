package import SomaCore
import SomaTerminal

/// What a person is doing among the metrics.
package struct MetricsState: Sendable {
    /// The dashboard's name.
    package var dashboard = "overview"
    /// The selected panel's place in it.
    package var selected = 0
    /// Whether that panel has the view for itself.
    package var isWhole = false
    /// The first row of panels in sight.
    package var top = 0
    /// Which time is in sight.
    package var time = MetricsTime()
    /// Whether the person let time stand still.
    package var isPaused = false
    /// Whether the time in sight follows the console's time cursor.
    var followsCursor = false
    /// The moment that all panels are read at; `nil` is the newest, or the time cursor's.
    package var crossHair: Timestamp?
    package var showsAlerts = false
    var alertsList = ListState(selected: 0)
    /// The last answer, by dashboard: going back to one shows at once what was there.
    package private(set) var answers: [String: MetricsAnswer] = [:]
    /// What is to be asked for.
    var wanted: MetricsWish?
    /// The number of the look whose answer is waited for.
    var asked: Int?

    package init() {}

    /// What is shown.
    package var answer: MetricsAnswer? { answers[dashboard] }

    /// Whether there is something to come back from before the view itself.
    var isDeep: Bool { showsAlerts || crossHair != nil || isWhole }

    mutating func take(_ answer: MetricsAnswer) { answers[dashboard] = answer }

    /// Forgets what was answered, and what is on its way, but for dashboards that are what they were.
    mutating func forgetAnswers(but names: Set<String> = []) {
        answers = answers.filter { names.contains($0.key) }
        if !names.contains(dashboard) { asked = nil }
    }
}

/// What happens among the metrics.
package enum MetricsMessage: Sendable, Hashable {
    /// To another panel; across with a cross-hair, that moves instead.
    case moved(across: Int, down: Int)
    case selected(Int)
    case wholeToggled
    case dashboardChanged(Int)
    /// Above 0 for less time.
    case zoomed(Int)
    /// So many quarters of the time in sight; above 0 for later.
    case panned(Int)
    case pauseToggled
    case nowWanted
    case crossHairToggled
    /// The cross-hair goes to where the selected panel is highest.
    case peakSought
    /// The runs that were active at the cross-hair.
    case runsOpened
    /// The console's time cursor goes to the cross-hair.
    case momentSought
    case alertsToggled
    case alertsMoved(ListMove)
    /// Alerts, the cross-hair or the panel alone are over, one after the other.
    case closed
}
