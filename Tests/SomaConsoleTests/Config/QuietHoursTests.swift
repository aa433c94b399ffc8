import SomaCore
import Testing

@testable import SomaConsole

@Suite("Quiet hours")
struct QuietHoursTests {
    @Test(
        "are read as people write them",
        arguments: [
            ("22:00-07:30", 1320, 450), ("7:05-9:00", 425, 540), ("00:00-24:00", 0, 1440),
            ("13:00-24:00", 780, 1440),
        ]
    )
    func reads(text: String, start: Int, end: Int) throws {
        let hours = try #require(QuietHours(text))
        #expect([hours.start, hours.end] == [start, end])
    }

    @Test(
        "are refused where they make no part of a day",
        arguments: [
            "", "22:00", "22:00-", "-07:30", "22-07", "22:00-07:60", "25:00-07:00", "24:00-07:00",
            "24:01-24:02",
            "07:30-07:30", "22:00–07:30", "22:00 - 07:30", "2200-0730", "22:0-07:30", "+2:00-07:30",
            "２２:00-07:30",
            "22:00-07:30-08:00",
        ]
    )
    func refuses(text: String) { #expect(QuietHours(text) == nil) }

    @Test("hold their first minute and not the one after their last, past midnight too")
    func contains() throws {
        let night = try #require(QuietHours("22:00-07:30"))
        #expect(
            [1319, 1320, 1439, 0, 449, 450].map { night.contains(minute: $0) } == [
                false, true, true, true, true, false,
            ]
        )
        let noon = try #require(QuietHours("12:00-13:00"))
        #expect([719, 720, 779, 780].map { noon.contains(minute: $0) } == [false, true, true, false])
        let evening = try #require(QuietHours("20:00-24:00"))
        #expect([1199, 1200, 1439, 0].map { evening.contains(minute: $0) } == [false, true, true, false])
        let always = try #require(QuietHours("00:00-24:00"))
        #expect((0..<1440).allSatisfy { always.contains(minute: $0) })
    }

    @Test("are judged by the person's clock, before 1970 as well")
    func clock() throws {
        let night = try #require(QuietHours("22:00-07:30"))
        let moment = try #require(Timestamp("2026-03-04T21:30:00Z"))
        #expect(!night.contains(moment, clock: ClockFace()))
        #expect(night.contains(moment, clock: ClockFace(offsetSeconds: 3600)))
        #expect(!night.contains(moment, clock: ClockFace(offsetSeconds: -5 * 3600)))
        let early = try #require(Timestamp("1969-12-31T23:00:00Z"))
        #expect(night.contains(early, clock: ClockFace()))
        #expect(!night.contains(early, clock: ClockFace(offsetSeconds: 9 * 3600)))
    }

    @Test("are written as they are read")
    func writes() {
        for text in ["22:00-07:30", "00:00-24:00", "09:05-10:00"] {
            #expect(QuietHours(text)?.description == text)
        }
    }

    @Test("of which there are several are quiet in each")
    func several() throws {
        var notify = NotifySettings()
        let moment = try #require(Timestamp("2026-03-04T12:30:00Z"))
        #expect(!notify.isQuiet(at: moment, clock: ClockFace()))
        notify.quiet = ["22:00-07:30", "12:00-13:00"].compactMap { QuietHours($0) }
        #expect(notify.isQuiet(at: moment, clock: ClockFace()))
        #expect(!notify.isQuiet(at: moment, clock: ClockFace(offsetSeconds: 3600)))
    }
}
