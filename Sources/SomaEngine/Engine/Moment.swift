public import SomaCore

/// The time, twice: on the wall, which goes into records and may jump, and on a clock that only goes forward, by
/// which everything waits.
public struct Moment: Sendable, Hashable {
    /// What the clock on the wall says.
    public var wall: Timestamp
    /// How long the process has been there: never less than before, whatever happens to the clock on the wall.
    public var elapsed: Duration

    /// Creates a moment.
    public init(wall: Timestamp, elapsed: Duration) {
        self.wall = wall
        self.elapsed = elapsed
    }
}
