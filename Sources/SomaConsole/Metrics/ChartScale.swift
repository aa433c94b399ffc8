import SomaCore

/// The axis of values: its ends, and the values written beside it.
struct ChartScale: Sendable, Hashable {
    let low: Double
    let high: Double
    /// From the bottom to the top, at equal distances that people count in.
    let ticks: [Double]

    /// Makes an axis that holds the values.
    ///
    /// It begins at zero unless values are below or something else is wanted: a line that looks twice as high is twice as much.
    /// - Parameters:
    ///   - values: Those that are drawn; what isn't finite is passed over.
    ///   - rows: How many rows there are for it; there is a tick for about every third.
    init(
        _ values: some Sequence<Double>,
        unit: MetricUnit,
        rows: Int,
        least: Double? = nil,
        most: Double? = nil
    ) {
        var bottom = least ?? 0
        var top = most ?? -.infinity
        for value in values where value.isFinite && abs(value) < 1e300 {
            if least == nil, value < bottom { bottom = value }
            if most == nil, value > top { top = value }
        }
        if !top.isFinite { top = bottom }
        let isFlat = top <= bottom
        if isFlat { top = bottom + max(1, abs(bottom)) }
        let count = Double(min(max(1, rows / 3), 5))
        let step = unit.steps(for: (top - bottom) / count)
        let low = least ?? min((bottom / step).rounded(.down) * step, bottom)
        let high =
            most.flatMap { $0 > low ? $0 : nil } ?? max((top / step).rounded(.up) * step, low + step, top)
        var ticks: [Double] = []
        var number = (low / step).rounded(.up)
        while number * step <= high + step * 1e-6, ticks.count < 12 {
            ticks.append(number * step)
            number += 1
        }
        (self.low, self.high, self.ticks) = (low, high, ticks)
    }

    /// Where between the ends a value is: 0 is the bottom; what is beyond an end is there.
    func share(_ value: Double) -> Double { min(max(0, (value - low) / (high - low)), 1) }
}

/// The axis of time: which column stands for which moment.
struct ChartTime: Sendable, Hashable {
    let from: Timestamp
    let length: Duration
    /// How many columns there are; from 1.
    let columns: Int

    init(until: Timestamp, length: Duration, columns: Int) {
        self.length = max(.microseconds(1), length)
        from = until + .microseconds(-self.length.microseconds)
        self.columns = max(1, columns)
    }

    var until: Timestamp { from + length }

    /// Where between the ends a moment is; outside of them less than 0 or more than 1.
    func share(_ moment: Timestamp) -> Double { (moment - from).seconds / length.seconds }

    /// The column of a moment; `nil` outside.
    func column(_ moment: Timestamp) -> Int? {
        let share = share(moment)
        guard share >= 0, share <= 1 else { return nil }
        return min(columns - 1, Int(share * Double(columns - 1) + 0.5))
    }

    /// The moment in the middle of a column.
    func moment(_ column: Int) -> Timestamp {
        let share = columns == 1 ? 1 : Double(min(max(0, column), columns - 1)) / Double(columns - 1)
        return from + .microseconds(Int64(length.seconds * share * 1_000_000))
    }

    /// Moments to write below, at a distance that people count in, and how they are written.
    func ticks(_ clock: ClockFace) -> [(column: Int, text: String)] {
        let second: Int64 = 1_000_000
        let steps: [Int64] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
            172_800, 604_800, 1_209_600,
        ]
        let whole = Double(length.microseconds)
        func width(_ step: Int64) -> Int { step >= 60 && step < 86_400 ? 5 : step < 60 ? 8 : 5 }
        let step =
            steps.first { Double($0 * second) / whole * Double(columns) >= Double(width($0) + 5) }
            ?? 2_592_000
        let micro = step * second
        var at = clock.moment(showing: clock.local(from) / micro * micro)
        if !Self.isWhole(at, micro, clock) { at = Self.next(after: at, by: micro, clock) }
        var ticks: [(column: Int, text: String)] = []
        while at <= until, ticks.count < 64 {
            if let column = column(at) {
                let text: String
                switch step {
                case ..<60: text = clock.time(at)
                case ..<86_400: text = String(clock.time(at).prefix(5))
                default: text = String(clock.day(at).dropFirst(5).prefix(5))
                }
                ticks.append((column, text))
            }
            at = Self.next(after: at, by: micro, clock)
        }
        return ticks
    }

    /// The next moment at which the clock shows a multiple of a step, in microseconds. One that the clock is put forward past is
    /// left out, unless it is a day: that begins then.
    private static func next(after at: Timestamp, by step: Int64, _ clock: ClockFace) -> Timestamp {
        let next = Timestamp(microseconds: at.microseconds + step)
        let shown = clock.local(next)
        guard shown % step != 0 else { return next }
        let near = (0...2).map { clock.moment(showing: (shown / step + $0) * step) }
        return near.first { $0 > at && isWhole($0, step, clock) } ?? next
    }

    private static func isWhole(_ at: Timestamp, _ step: Int64, _ clock: ClockFace) -> Bool {
        step >= 86_400_000_000 || clock.local(at) % step == 0
    }
}
