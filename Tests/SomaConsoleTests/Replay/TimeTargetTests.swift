import SomaConsole
import SomaCore
import Testing

@Suite("Places in time")
struct TimeTargetTests {
    private let here = start + .seconds(131)

    @Test(
        "what can be typed is read",
        arguments: [
            ("14:02:11", TimeTarget.moment(start + .seconds(131))), ("14:02", .moment(start + .seconds(120))),
            ("13:59:59.5", .moment(start + .milliseconds(-500))), ("+90s", .shift(.seconds(90))),
            ("-5m", .shift(.seconds(-300))), ("+1h30m", .shift(.seconds(5_400))),
            ("+250ms", .shift(.milliseconds(250))), ("+1.5m", .shift(.seconds(90))),
            ("+7", .shift(.seconds(7))),
            ("50%", .percent(50)), ("12.5%", .percent(12.5)), ("#412", .transition(412)),
            (" start ", .transition(0)), ("end", .percent(100)),
            ("2026-03-04T14:00:01Z", .moment(start + .seconds(1))),
        ]
    )
    func reads(text: String, target: TimeTarget) {
        #expect(TimeTarget(text, near: here, clock: ClockFace()) == target)
    }

    @Test(
        "what is none is refused",
        arguments: [
            "", "x", "+", "-", "+-5s", "5%%", "101%", "-1%", "#", "#x", "25:00", "14:60", "14:2:3:4", ":",
            "14:",
            "+5x", "+9999999999999d", "١٤:٠٢", "\u{1B}[2J", "+1e9", "NaN%", "inf%",
        ]
    )
    func refuses(text: String) { #expect(TimeTarget(text, near: here, clock: ClockFace()) == nil) }

    @Test("a time of day is the one nearest to the cursor, on the person's clock")
    func nearest() {
        let midnight = start + .seconds(10 * 3_600 + 60)
        #expect(TimeTarget("23:59", near: midnight, clock: ClockFace()) == .moment(midnight + .seconds(-120)))
        #expect(TimeTarget("00:02", near: midnight, clock: ClockFace()) == .moment(midnight + .seconds(60)))
        let east = ClockFace(offsetSeconds: 7_200)
        #expect(TimeTarget("16:00", near: here, clock: east) == .moment(start))
    }
}
