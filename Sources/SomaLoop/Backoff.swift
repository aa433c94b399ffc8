/// How long to wait before connecting again: twice as long each time, and never two replicas alike.
package struct Backoff: Sendable {
    private let bounds: ClosedRange<Duration>
    private var failures = 0

    /// - Parameter bounds: The first and the longest delay.
    package init(_ bounds: ClosedRange<Duration>) { self.bounds = bounds }

    /// The delay after one more failure, between half and all of what the number of failures asks for.
    package mutating func next(random: inout some RandomNumberGenerator) -> Duration {
        let whole = min(bounds.lowerBound * (1 << min(failures, 10)), bounds.upperBound)
        failures += 1
        return whole / 2 + (whole / 2) * Double.random(in: 0...1, using: &random)
    }

    package mutating func reset() { failures = 0 }

    /// Begins anew after a connection that held for `time`, if that was at least as long as the longest delay. One that is
    /// lost as soon as it is made is another failure.
    package mutating func held(for time: Duration) {
        if time >= bounds.upperBound { reset() }
    }
}
