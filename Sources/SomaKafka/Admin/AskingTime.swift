/// How long each try of a question may take.
///
/// Little at first, as only between tries it is seen that no broker is there; then ever longer, since a cluster that takes its
/// time would answer none that is too short for it.
struct AskingTime {
    private let deadline: ContinuousClock.Instant
    private var next = Duration.seconds(1)

    /// - Parameter deadline: When all of it is to be over.
    init(until deadline: ContinuousClock.Instant) { self.deadline = deadline }

    /// The time for a try that begins now; at least a millisecond.
    mutating func limit(at now: ContinuousClock.Instant = .now) -> Duration {
        defer { next *= 2 }
        return max(min(next, deadline - now), .milliseconds(1))
    }
}
