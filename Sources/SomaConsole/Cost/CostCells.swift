import SomaCore

/// What one run's log says up to a moment, added up by hour, and by what was called.
struct CostCells: Sendable {
    /// What amounts are kept apart by.
    struct Key: Sendable, Hashable {
        /// The hour on the person's clock, counted from 1970; one that comes twice is one.
        var hour: Int
        var source: Charge.Source
        /// The model or tool; empty where none is named.
        var name: String
    }

    private(set) var cells: [Key: CostAmounts] = [:]
    /// How many records are in it.
    private(set) var count = 0

    /// Reads on up to a number of records; begins anew where there were more.
    mutating func read(_ log: CostLogs.Log, upTo end: Int, clock: ClockFace) {
        if end < count { self = CostCells() }
        for record in log.records[count..<end] {
            let key = Self.key(record, clock)
            cells[key, default: CostAmounts()] = (cells[key] ?? CostAmounts()) + Self.amounts(record)
        }
        count = end
    }

    static func key(_ record: CostRecord, _ clock: ClockFace) -> Key {
        Key(hour: hour(record.at, clock), source: record.source, name: record.name)
    }

    /// The hour on the person's clock, counted from 1970.
    static func hour(_ moment: Timestamp, _ clock: ClockFace) -> Int {
        let (quotient, rest) = clock.local(moment).quotientAndRemainder(dividingBy: 3_600_000_000)
        return Int(rest < 0 ? quotient - 1 : quotient)
    }

    /// The day that an hour is in, counted from 1970.
    static func day(_ hour: Int) -> Int {
        let (quotient, rest) = hour.quotientAndRemainder(dividingBy: 24)
        return rest < 0 ? quotient - 1 : quotient
    }

    private static func amounts(_ record: CostRecord) -> CostAmounts {
        var amounts = CostAmounts()
        amounts.tokens = record.usage.tokens
        amounts.microdollars = record.usage.microdollars
        amounts.input = record.input
        amounts.output = record.output
        if record.source == .model { amounts.asks = record.calls } else { amounts.calls = record.calls }
        return amounts
    }
}

/// When it is, as far as sums depend on it: they are made anew once a minute.
struct CostMoment: Sendable, Hashable {
    /// The minute that counts as now, counted from 1970.
    let minute: Int64
    /// The person's clock.
    let clock: ClockFace

    init(_ moment: Timestamp, _ clock: ClockFace) {
        let (quotient, rest) = moment.microseconds.quotientAndRemainder(dividingBy: 60_000_000)
        minute = rest < 0 ? quotient - 1 : quotient
        self.clock = clock
    }

    /// From when on something is of the last hour.
    var hourStart: Timestamp { Timestamp(microseconds: (minute &- 59) &* 60_000_000) }
    /// The hour on the person's clock.
    var hour: Int { CostCells.hour(Timestamp(microseconds: minute &* 60_000_000), clock) }
    /// The person's day.
    var day: Int { CostCells.day(hour) }
    /// When the person's day began.
    var dayStart: Timestamp { clock.moment(showing: Int64(day) &* 86_400_000_000) }
    /// How much of the person's day is left, in hours. A day on which the clock is put forward or back has more or less than 24.
    var hoursLeft: Double {
        let end = clock.moment(showing: Int64(day + 1) &* 86_400_000_000).microseconds
        return max(0, Double(end &- minute &* 60_000_000) / 3_600_000_000)
    }
}

/// When something was used, as far as that is known.
struct CostTime: Sendable, Hashable {
    /// The hour on the person's clock, counted from 1970.
    var hour: Int?
    /// The day.
    var day: Int?

    init(_ hour: Int) { (self.hour, day) = (hour, CostCells.day(hour)) }

    /// A run that began and did its last within an hour, or a day, used all of it then.
    init(of run: RunState, _ clock: ClockFace) {
        let (first, last) = (CostCells.hour(run.startedAt, clock), CostCells.hour(run.lastAt, clock))
        hour = first == last ? first : nil
        day = CostCells.day(first) == CostCells.day(last) ? CostCells.day(first) : nil
    }
}
