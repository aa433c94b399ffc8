import SomaCore
import Testing

@testable import SomaConsole

@Suite("Moments as people type them")
struct TimeTextTests {
    private static let now = "2026-03-04T14:02:11.500000Z"

    @Test(
        "are times of the day in sight, steps from where one is, or written out",
        arguments: [
            ("14:02", "2026-03-04T14:02:00.000000Z"), ("9:05", "2026-03-04T09:05:00.000000Z"),
            ("23:59:59", "2026-03-04T23:59:59.000000Z"), ("00:00", "2026-03-04T00:00:00.000000Z"),
            ("+90s", "2026-03-04T14:03:41.500000Z"), ("-5m", "2026-03-04T13:57:11.500000Z"),
            ("+1h30m", "2026-03-04T15:32:11.500000Z"), ("-2d", "2026-03-02T14:02:11.500000Z"),
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z"),
        ]
    )
    func reads(text: String, moment: String) throws {
        let now = try #require(Timestamp(Self.now))
        #expect(TimeText.moment(text, now: now, clock: ClockFace())?.description == moment)
    }

    @Test("count by the person's clock, over midnight too")
    func clock() throws {
        let now = try #require(Timestamp(Self.now))
        let east = ClockFace(offsetSeconds: 11 * 3600)
        // There it is 01:02 of the next day.
        #expect(TimeText.moment("00:30", now: now, clock: east)?.description == "2026-03-04T13:30:00.000000Z")
        let west = ClockFace(offsetSeconds: -15 * 3600)
        #expect(TimeText.moment("23:30", now: now, clock: west)?.description == "2026-03-04T14:30:00.000000Z")
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "+", "-", "14", "14:", ":02", "24:00", "14:60", "14:02:60", "14:02:11:0", "+5", "+m", "+5x",
            "+5s5m",
            "+99999999999999s", "1４:02", "+-5s", "14:2a", "now",
        ]
    )
    func refuses(text: String) throws {
        let now = try #require(Timestamp(Self.now))
        #expect(TimeText.moment(text, now: now, clock: ClockFace()) == nil)
    }
}
