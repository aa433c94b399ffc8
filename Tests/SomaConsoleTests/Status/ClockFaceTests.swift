@testable import SomaConsole
import SomaCore
import Testing

@Suite("The person's clock")
struct ClockFaceTests {
    @Test(
        "shows a moment as it was then, whatever has been put forward or back since",
        arguments: [
            (Zones.forward + .seconds(-1), "2026-03-29 01:59", "01:59:59"),
            (Zones.forward, "2026-03-29 03:00", "03:00:00"),
            (Zones.back + .seconds(-3_600), "2026-10-25 02:00", "02:00:00"),
            (Zones.back + .seconds(-1), "2026-10-25 02:59", "02:59:59"),
            (Zones.back, "2026-10-25 02:00", "02:00:00"),
            (Zones.back + .seconds(3_600), "2026-10-25 03:00", "03:00:00"),
        ]
    )
    func shows(moment: Timestamp, day: String, time: String) {
        #expect(Zones.berlin.day(moment) == day)
        #expect(Zones.berlin.time(moment) == time)
    }

    @Test("what it shows leads back to the first moment at which it does, or is put forward past it")
    func back() {
        for seed in 0..<40 as Range<UInt64> {
            var numbers = SeededNumbers(seed)
            let clock = Zones.random(&numbers)
            for _ in 0..<200 {
                let local = start.microseconds + Int64.random(in: 0...7_200_000, using: &numbers) * 1_000_000
                let found = clock.moment(showing: local)
                #expect(clock.local(found) >= local)
                // Nothing before shows as much, looked at by the quarter of an hour for two days.
                for quarters in 1...192 {
                    #expect(clock.local(found + .seconds(-900 * quarters)) < local, "\(seed) \(local)")
                }
                #expect(clock.local(found + .microseconds(-1)) < local)
            }
        }
    }

    @Test(
        "the changes of a zone are found to the second, the same ones all week",
        arguments: [0, 90, 400, 800]
    )
    func found(days: Int) {
        // The last Sundays of March and October at 01:00 UTC: those of 2021 to 2028.
        let summers: [(Int64, Int64)] = [
            (1_616_893_200, 1_635_642_000), (1_648_342_800, 1_667_091_600), (1_679_792_400, 1_698_541_200),
            (1_711_846_800, 1_729_990_800), (1_743_296_400, 1_761_440_400), (1_774_746_000, 1_792_890_000),
            (1_806_195_600, 1_824_944_400), (1_837_645_200, 1_856_394_000),
        ]
        func offset(_ second: Int64) -> Int {
            summers.contains { ($0.0..<$0.1).contains(second) } ? 7_200 : 3_600
        }
        let now = start + .seconds(days * 86_400)
        let clock = ClockFace(around: now, offset: offset)
        for change in summers.flatMap({ [$0.0, $0.1] })
        where abs(change - now.microseconds / 1_000_000) < 364 * 86_400 {
            for second in [change - 1, change] {
                #expect(
                    clock.offsetSeconds(at: Timestamp(microseconds: second * 1_000_000)) == offset(second)
                )
            }
        }
        #expect(
            clock.offsetSeconds(at: now + .seconds(-4 * 365 * 86_400))
                == offset(now.microseconds / 1_000_000 - 4 * 365 * 86_400)
        )
        let week: Int64 = 7 * 86_400_000_000
        let monday = Timestamp(microseconds: now.microseconds / week * week)
        #expect(
            ClockFace(around: monday, offset: offset)
                == ClockFace(around: monday + .seconds(6 * 86_400), offset: offset)
        )
        #expect(ClockFace(around: now) { _ in -12_600 } == ClockFace(offsetSeconds: -12_600))
    }

    @Test("quiet hours and times that are typed are those of the clock, across a change")
    func typed() throws {
        var settings = NotifySettings()
        settings.quiet = [try #require(QuietHours("22:00-07:30"))]
        // 23:00 of the evening before; the night has an hour less, or more.
        for (change, hours) in [(Zones.forward, 7.5), (Zones.back, 9.5)] {
            let midnight = Zones.berlin.moment(
                showing: Zones.berlin.local(change) / 86_400_000_000 * 86_400_000_000
            )
            let evening = midnight + .seconds(-3_600)
            #expect(settings.quietEnd(at: evening, clock: Zones.berlin) == evening + .seconds(hours * 3_600))
            #expect(
                TimeTarget("23:00", near: change + .seconds(3 * 3_600), clock: Zones.berlin)
                    == .moment(midnight + .seconds(-3_600))
            )
        }
        settings.quiet = [try #require(QuietHours("02:00-02:30"))]
        let second = Zones.back + .seconds(600)
        #expect(settings.quietEnd(at: second, clock: Zones.berlin) == Zones.back + .seconds(1_800))
        #expect(TimeTarget("02:15", near: second, clock: Zones.berlin) == .moment(Zones.back + .seconds(900)))
        let first = Zones.back + .seconds(-3_000)
        #expect(
            TimeTarget("02:15", near: first, clock: Zones.berlin) == .moment(Zones.back + .seconds(-2_700))
        )
        // There is none that day; the nearest that there is counts.
        #expect(TimeTarget("02:30", near: Zones.forward, clock: Zones.berlin) != nil)
    }
}
