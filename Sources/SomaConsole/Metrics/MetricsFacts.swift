package import SomaCore
import SomaMetrics

/// What the console knows of a metrics source.
package struct MetricsFacts: Sendable {
    /// What is asked; `nil` where there is nothing to ask, and the view says how to name it.
    package var origin: MetricsOrigin?
    /// The dashboards at hand, those that need no file first.
    package var dashboards = Dashboard.builtIn
    /// Why nothing can be asked, and since when.
    package var lost: (reason: String, since: Timestamp)?
    /// The alerts that fire or are about to, the worst first.
    package private(set) var alerts: [AlertLine] = []
    /// How many of them fire.
    package private(set) var firing = 0
    /// When the last look was answered.
    package var heardAt: Timestamp?
    /// What is asked for; the source has been told.
    var look: MetricsLook?
    var looksBegun = 0
    var askedAt: Timestamp?
    /// What is to be told to the source; sent when everything is settled.
    var wishes: [MetricsRequest] = []

    package init() {}

    mutating func take(_ all: [PrometheusAlert]) {
        alerts = AlertLine.sorted(all)
        firing = alerts.count { $0.isFiring }
    }

    /// Forgets what was told of another daemon.
    mutating func forget() {
        lost = nil
        alerts = []
        firing = 0
        heardAt = nil
        look = nil
        askedAt = nil
    }

    /// How long a look has had no answer at all, where that is longer than an answer takes. A source that answered and then
    /// goes away says so.
    func silence(now: Timestamp) -> Duration? {
        guard look != nil, let askedAt, heardAt.map({ $0 < askedAt }) ?? true else { return nil }
        let silence = now - askedAt
        return silence > Self.silenceMax ? silence : nil
    }

    /// How long an answer may take before that is said.
    static let silenceMax = Duration.seconds(5)
}
