/// How long to wait before connecting again: twice as long each time, and never two replicas alike.
struct Backoff {
    static let first = Duration.milliseconds(50)
    static let longest = Duration.seconds(5)

    private(set) var failures = 0

    /// The delay after one more failure, between half and all of what the number of failures asks for.
    mutating func next(random: inout some RandomNumberGenerator) -> Duration {
        let whole = min(Self.first * (1 << min(failures, 10)), Self.longest)
        failures += 1
        return whole / 2 + (whole / 2) * Double.random(in: 0...1, using: &random)
    }

    mutating func reset() { failures = 0 }
}
