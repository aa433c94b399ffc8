/// Since when leases could not be had, and when that was told last.
struct LeaseTrouble {
    /// How often it is told at most.
    static let interval: Duration = .seconds(60)

    private var since: ContinuousClock.Instant?
    private var told: ContinuousClock.Instant?

    /// They could not be had once more.
    ///
    /// - Parameter patience: For how long that is nothing to speak of.
    /// - Returns: Whether it is to be told now.
    mutating func fail(at now: ContinuousClock.Instant, patience: Duration) -> Bool {
        let began = since ?? now
        since = began
        guard now - began >= patience, told.map({ now - $0 >= Self.interval }) ?? true else { return false }
        told = now
        return true
    }

    /// They were had.
    mutating func end() { since = nil }
}
