package import SomaCore

/// What the runs that started on the person's day have used, kept up as transitions come in.
package struct Spending: Sendable {
    /// What was used.
    package private(set) var today = Usage.zero
    /// How many runs started.
    package private(set) var startedToday = 0

    private var counted: [RunID: Usage] = [:]
    private var day: Int64 = .min

    package init() {}

    /// Takes in a run as it is now. Runs below others aren't counted: what they use is charged to those above when
    /// they end.
    package mutating func note(_ run: RunState) {
        guard run.status != .unknown, run.parent == nil || run.parent == run.id, day != .min else { return }
        guard Self.day(run.startedAt, clock) == day || counted[run.id] != nil else { return }
        let old = counted.updateValue(run.budget.spent, forKey: run.id)
        if old == nil { startedToday += 1 }
        today = today - (old ?? .zero) + run.budget.spent
    }

    /// Counts anew where another day has begun.
    package mutating func begin(at moment: Timestamp, clock: ClockFace, _ fleet: Fleet, force: Bool = false) {
        self.clock = clock
        let day = Self.day(moment, clock)
        guard day != self.day || force else { return }
        self = Spending()
        self.day = day
        self.clock = clock
        for run in fleet.runs { note(run) }
    }

    private var clock = ClockFace()
    private static let dayMicroseconds: Int64 = 86_400_000_000
    private static func day(_ moment: Timestamp, _ clock: ClockFace) -> Int64 {
        clock.local(moment) / dayMicroseconds
    }
}
