import SomaCore
import Testing

@testable import SomaConsole

@Suite("The time in sight of metrics")
struct MetricsTimeTests {
    private let now = start
    private let reach = Duration.seconds(3_600)

    @Test("goes with the clock until somebody moves it, and again when it comes back to now")
    func live() {
        var time = MetricsTime()
        #expect(time.until == nil)
        time.pan(-0.5, now: now, reach: reach)
        #expect(time.until == now + .seconds(-450))
        time.pan(0.5, now: now, reach: reach)
        #expect(time.until == nil)
    }

    @Test(
        "makes room for what there is, from a minute to a quarter of an hour",
        arguments: [(0, 60), (60, 60), (61, 120), (121, 300), (300, 300), (301, 900), (9_000, 900)]
    )
    func fit(span: Int, length: Int) {
        var time = MetricsTime()
        time.fit(.seconds(span))
        #expect(time.length == .seconds(length))
    }

    @Test("leaves the length to who has chosen one, and doesn't change it while the end stands still")
    func fitted() {
        var time = MetricsTime()
        time.fit(.zero)
        time.hold(at: now, now: now, reach: reach)
        time.fit(.seconds(200))
        #expect(time.length == .seconds(60))
        time.hold(at: nil, now: now, reach: reach)
        time.fit(.seconds(200))
        #expect(time.length == .seconds(300))
        time.zoom(1, around: nil, now: now, reach: reach)
        time.fit(.seconds(4_000))
        #expect(time.length == .seconds(120))
    }

    @Test("zooms around a moment, which stays at its place")
    func zoom() {
        var time = MetricsTime()
        let moment = now + .seconds(-450)
        time.zoom(1, around: moment, now: now, reach: reach)
        #expect(time.length == .seconds(300))
        #expect(time.until == now + .seconds(-300))
        time.zoom(20, around: nil, now: now, reach: reach)
        #expect(time.length == .seconds(30))
        time.zoom(-20, around: nil, now: now, reach: reach)
        #expect(time.length == .seconds(3_600))
        #expect(time.until == nil)
    }

    @Test(
        "never shows what is to come, nor what is longer ago than there can be anything",
        arguments: 0..<300
    )
    func inside(seed: Int) {
        var random = SeededNumbers(UInt64(seed))
        var time = MetricsTime()
        var now = now
        let reach = Duration.seconds([900, 3_600, 86_400, 40 * 86_400].randomElement(using: &random) ?? 900)
        for _ in 0..<60 {
            let moment = now + .seconds(Int.random(in: -9_000...100, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: time.pan(Double.random(in: -3...3, using: &random), now: now, reach: reach)
            case 1:
                let isAround = Bool.random(using: &random)
                time.zoom(
                    Int.random(in: -4...4, using: &random),
                    around: isAround ? moment : nil,
                    now: now,
                    reach: reach
                )
            case 2: time.hold(at: moment, now: now, reach: reach)
            case 3: time.hold(at: nil, now: now, reach: reach)
            default: break
            }
            let end = time.end(now: now)
            #expect(end <= now)
            #expect(time.length <= reach || time.length == .seconds(900))
            #expect(
                now - (end + .microseconds(-time.length.microseconds)) <= max(reach, time.length)
                    + .seconds(1)
            )
            // Time goes on, after what was looked at.
            if time.until == nil { now = now + .seconds(Int.random(in: 0...30, using: &random)) }
        }
    }
}
