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
    /// When the alerts were told last; `nil` before.
    private(set) var alertsHeardAt: Timestamp?
    /// Why the alerts, or some of them, can't be read, and since when.
    private(set) var alertsFailure: (reason: String, since: Timestamp)?
    /// When the last look was answered.
    package var heardAt: Timestamp?
    /// The earliest moment of which anything is known; `nil` before the first answer with a value.
    private(set) var since: Timestamp?
    /// What is asked for, in the order of the panes; the source has been told.
    private(set) var asked: [Asked] = []
    private var looksBegun = 0
    /// What is to be told to the source; sent when everything is settled.
    var wishes: [MetricsRequest] = []

    /// A look, and what came of it.
    struct Asked: Sendable, Hashable {
        var look: MetricsLook
        let at: Timestamp
        var isAnswered = false
    }

    package init() {}

    /// Asks for looks in place of those before; what is asked for already goes on under its number.
    /// - Returns: Their numbers.
    mutating func ask(_ looks: [MetricsLook], now: Timestamp) -> [Int] {
        let next = looks.map { look in
            var look = look
            for known in asked {
                look.number = known.look.number
                if look == known.look { return known }
            }
            looksBegun += 1
            look.number = looksBegun
            return Asked(look: look, at: now)
        }
        if next.map(\.look) != asked.map(\.look) { wishes.append(.looks(next.map(\.look))) }
        asked = next
        return next.map(\.look.number)
    }

    /// Notes that a look was answered; an earlier one's answer is nobody's concern.
    mutating func take(_ answer: MetricsAnswer, to number: Int, now: Timestamp) {
        guard let place = asked.firstIndex(where: { $0.look.number == number }) else { return }
        asked[place].isAnswered = true
        heardAt = now
        lost = nil
        since = [since, answer.firstAt].compactMap { $0 }.min()
    }

    mutating func take(_ all: [PrometheusAlert], now: Timestamp) {
        alerts = AlertLine.sorted(all)
        firing = alerts.count { $0.isFiring }
        alertsHeardAt = now
        alertsFailure = nil
        // A server that tells its alerts is there.
        lost = nil
    }

    /// Notes that the server is there and its alerts can't be read.
    mutating func take(alertsFailure reason: String, now: Timestamp) {
        alertsFailure = (reason, alertsFailure?.since ?? now)
        lost = nil
    }

    /// Since when nobody knows whether the alerts at hand are still so; `nil` where they are.
    package var alertsStaleSince: Timestamp? {
        [lost?.since, alertsFailure?.since].compactMap { $0 }.min()
    }

    /// Forgets what was told of another daemon, and asks all looks anew. A server isn't the daemon's: it stays there or lost,
    /// and its alerts, which it tells only when they change, stay what they are.
    mutating func forget() {
        if !asked.isEmpty { wishes.append(.looks([])) }
        asked = []
        guard origin?.kind != .server else { return }
        lost = nil
        heardAt = nil
        since = nil
    }

    /// Turns away from the daemon; until another is attached its metrics aren't asked for.
    mutating func leaveDaemon() {
        guard origin != nil else { return }
        forget()
        wishes.append(.daemonLeft)
    }

    /// How long a look has had no answer at all, where that is longer than an answer takes. A source that answered and then
    /// goes away says so.
    func silence(of number: Int?, now: Timestamp) -> Duration? {
        guard let asked = asked.first(where: { $0.look.number == number }), !asked.isAnswered else {
            return nil
        }
        let silence = now - asked.at
        return silence > Self.silenceMax ? silence : nil
    }

    /// How long an answer may take before that is said.
    static let silenceMax = Duration.seconds(5)
}
