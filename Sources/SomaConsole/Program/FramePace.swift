package import SomaCore

/// When the next frame may be drawn that no key asked for.
///
/// A key is answered at once. What moves by itself is drawn often enough to look alive while somebody is there, and
/// as often as a person can read while nobody is: the first news after a quiet while never waits.
package struct FramePace: Sendable, Hashable {
    /// The shortest time between two frames while somebody is at the keys or a recording plays.
    package static let interval = Duration.milliseconds(33)
    /// The shortest time between two frames while nobody presses a key.
    package static let restInterval = Duration.milliseconds(200)
    /// How long after a key somebody counts as being there.
    package static let presence = Duration.seconds(1)
    /// How long the first frame waits for something to show: painting a screen twice takes longer than most daemons.
    package static let firstMax = Duration.milliseconds(50)
    /// How many frames after the first don't wait: they fill in the words that the first has asked for.
    package static let openingFrames = 3
    /// For how long.
    package static let opening = Duration.milliseconds(250)

    private let startedAt: Timestamp
    private var frames = 0
    private var drawnAt: Timestamp?
    private var keyedAt: Timestamp?

    /// - Parameter startedAt: The wall's time.
    package init(startedAt: Timestamp) { self.startedAt = startedAt }

    /// Notes that a key was pressed.
    package mutating func noteKey(at now: Timestamp) { keyedAt = now }

    /// Notes that a frame was drawn.
    package mutating func noteFrame(at now: Timestamp) {
        drawnAt = now
        frames += 1
    }

    /// How long the next frame has to wait; it is due where that is not more than zero.
    /// - Parameters:
    ///   - now: The wall's time. Where it was set back, nothing waits: a clock must not stop the screen.
    ///   - isReady: Whether there is something to show.
    ///   - moves: Whether the screen moves by itself, as while a recording plays.
    package func wait(at now: Timestamp, isReady: Bool, moves: Bool) -> Duration {
        guard let drawnAt else {
            return isReady || now < startedAt ? .zero : Self.firstMax - (now - startedAt)
        }
        guard now >= drawnAt else { return .zero }
        if frames <= Self.openingFrames, now - startedAt < Self.opening { return .zero }
        let isLively = moves || keyedAt.map { now >= $0 && now - $0 < Self.presence } ?? false
        return (isLively ? Self.interval : Self.restInterval) - (now - drawnAt)
    }
}
