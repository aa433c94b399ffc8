import SomaCore
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Axes of charts")
struct ChartScaleTests {
    @Test("begin at zero, end above the highest value, and have ticks that people count in")
    func ticks() {
        let scale = ChartScale([3.0, 41, 17], unit: .number, rows: 12)
        #expect(scale.ticks == [0, 20, 40, 60])
        #expect(scale.low == 0)
        #expect(scale.high == 60)
        let small = ChartScale([0.0031, 0.0042], unit: .seconds, rows: 6)
        #expect(small.ticks.map { MetricUnit.seconds.axis($0) } == ["0 s", "5 ms"])
        let long = ChartScale([400.0], unit: .seconds, rows: 12)
        #expect(
            long.ticks.map { MetricUnit.seconds.axis($0) } == ["0 s", "2m00s", "4m00s", "6m00s", "8m00s"]
        )
    }

    @Test("hold values below zero, those that are all the same, and none at all")
    func special() {
        #expect(ChartScale([-3.0, 2], unit: .number, rows: 6).ticks.first == -5)
        #expect(ChartScale([0.0, 0], unit: .number, rows: 3).high > 0)
        #expect(ChartScale([Double](), unit: .percent, rows: 3).high > 0)
        #expect(ChartScale([Double.nan, .infinity, -Double.infinity, 4], unit: .number, rows: 3).high == 5)
        let fixed = ChartScale([4.0], unit: .percent, rows: 9, least: 0, most: 1)
        #expect(fixed.low == 0)
        #expect(fixed.high == 1)
    }

    @Test("hold every value between their ends, with few ticks, from any numbers", arguments: 0..<200)
    func anything(seed: Int) {
        var random = SeededNumbers(UInt64(seed))
        let power = Double.random(in: -12...15, using: &random)
        var size = 1.0
        for _ in 0..<Int(abs(power)) { size *= power < 0 ? 0.1 : 10 }
        let values = (0..<Int.random(in: 0...40, using: &random)).map { _ in
            Double.random(in: -1...1, using: &random) * size
        }
        for unit in MetricUnit.allCases {
            let rows = Int.random(in: 1...50, using: &random)
            let scale = ChartScale(values, unit: unit, rows: rows)
            #expect(scale.low < scale.high)
            for value in values { #expect(value >= scale.low && value <= scale.high, "\(value) \(scale)") }
            #expect(!scale.ticks.isEmpty && scale.ticks.count <= 12)
            #expect(scale.ticks == scale.ticks.sorted())
        }
    }

    @Test("of time: a column and its moment are the same place", arguments: [1, 2, 31, 200])
    func columns(columns: Int) {
        let time = ChartTime(until: start, length: .seconds(900), columns: columns)
        for column in 0..<columns { #expect(time.column(time.moment(column)) == column) }
        #expect(time.column(start + .seconds(1)) == nil)
        #expect(time.column(start + .seconds(-901)) == nil)
    }

    @Test("of time: ticks are whole on the person's clock, in sight and apart")
    func times() {
        for length in MetricsTime.lengths {
            for columns in [24, 40, 100, 200] {
                for offset in [0, 5_400, -12_600] {
                    let time = ChartTime(until: start + .seconds(97), length: length, columns: columns)
                    let ticks = time.ticks(ClockFace(offsetSeconds: offset))
                    #expect(ticks.allSatisfy { (0..<columns).contains($0.column) })
                    for (one, next) in zip(ticks, ticks.dropFirst()) {
                        #expect(next.column - one.column > one.text.count, "\(length) \(columns) \(ticks)")
                    }
                }
            }
        }
        let quarter = ChartTime(until: start, length: .seconds(900), columns: 60)
        #expect(quarter.ticks(ClockFace()).map(\.text) == ["13:45", "13:50", "13:55", "14:00"])
    }

    @Test(
        "of time: ticks are the clock's own where it is put forward or back",
        arguments: [Zones.forward, Zones.back]
    )
    func changes(change: Timestamp) {
        let clock = Zones.berlin
        for length in MetricsTime.lengths + [.seconds(6 * 3_600), .seconds(36 * 3_600), .seconds(5 * 86_400)]
        {
            for part in 0...4 {
                let until = change + .microseconds(length.microseconds * Int64(part) / 4)
                let time = ChartTime(until: until, length: length, columns: 120)
                let ticks = time.ticks(clock)
                #expect(ticks.count > 1)
                for tick in ticks {
                    // The moments of its column, by the second or the minute.
                    let step: Int64 = tick.text.count == 8 ? 1_000_000 : 60_000_000
                    let (from, to) = (time.moment(tick.column - 1), time.moment(tick.column + 1))
                    let isThere = stride(
                        from: from.microseconds / step * step,
                        through: to.microseconds + step,
                        by: Int64.Stride(step)
                    ).contains { at in
                        let at = Timestamp(microseconds: at)
                        let day = clock.day(at)
                        return tick.text == clock.time(at) || tick.text == day.suffix(5)
                            || day.hasSuffix("00:00") && tick.text == day.dropFirst(5).prefix(5)
                    }
                    #expect(isThere, "\(length) \(part) \(tick)")
                }
                for (one, next) in zip(ticks, ticks.dropFirst()) {
                    #expect(next.column - one.column > one.text.count, "\(length) \(part) \(ticks)")
                }
            }
        }
    }

    @Test("of time: a day of 23 or 25 hours has the hours that the clock shows")
    func days() {
        let night = ChartTime(until: Zones.forward + .seconds(10_800), length: .seconds(21_600), columns: 61)
        #expect(
            night.ticks(Zones.berlin).map(\.text)
                == ["23:00", "00:00", "01:00", "03:00", "04:00", "05:00", "06:00"]
        )
        let day = ChartTime(until: Zones.back + .seconds(79_200), length: .seconds(90_000), columns: 76)
        #expect(day.ticks(Zones.berlin).map(\.text) == ["00:00", "06:00", "12:00", "18:00", "00:00"])
    }
}
