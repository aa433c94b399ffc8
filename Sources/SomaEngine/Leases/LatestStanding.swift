import Synchronization

/// How the process stood when it last renewed; nothing while it holds nothing.
final class LatestStanding: Sendable {
    private struct State {
        var standing: LeaseStanding?
        var due: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// The standing, and when the next of the others is over: asked again only after the next renewal.
    var value: LeaseStanding? { state.withLock(\.standing) }

    func set(_ standing: LeaseStanding?, asked: ContinuousClock.Instant = .now) {
        state.withLock { $0 = State(standing: standing, due: standing?.due.map { asked + $0 }) }
    }

    /// How long until somebody else's time is over; `nil` where that was looked at already.
    func untilDue() -> Duration? { state.withLock { $0.due.map { max(.zero, $0 - .now) } } }

    /// Somebody's time may have been over at that moment, and it was looked at.
    func looked(at moment: ContinuousClock.Instant) {
        state.withLock { state in
            if let due = state.due, due <= moment { state.due = nil }
        }
    }
}
