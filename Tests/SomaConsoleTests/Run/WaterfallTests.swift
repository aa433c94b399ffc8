import SomaCore
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Waterfall")
struct WaterfallTests {
    private func rows(_ log: [Transition], count: Int? = nil) -> [WaterfallRow] {
        var waterfall = Waterfall()
        waterfall.read(log)
        let count = count ?? log.count
        let now = log[count - 1].at
        return waterfall.loud.map { waterfall.row(of: Int($0), log, count: count, now: now) }
    }

    @Test(
        "moments after the start are as short as they can be told apart",
        arguments: [
            (20_000, "20ms"), (1_500_000, "1.5s"), (12_000_000, "12s"), (816_220_000, "13m36.22s"),
            (816_000_000, "13m36s"), (7_505_020_000, "2h05m05.02s"), (3_600_000_000, "1h00m"),
        ] as [(Int64, String)]
    )
    func ticks(_ microseconds: Int64, _ text: String) { #expect(WaterfallView.tick(microseconds) == text) }

    @Test("calls, waits and children are stretches inside the visit in which they began")
    func stretches() {
        var story = Stories.needsApproval()
        let question = story.state.openQuestion?.question ?? 0
        story.wait(.seconds(250))
        story.answer(question, "approved")
        let effect = story.state.activations[0].requests[0].id
        story.start(effect)
        story.finish(effect, ok: false, result: "timeout", after: .seconds(2), retryAfter: .seconds(1))
        let rows = rows(story.transitions)
        #expect(rows.map(\.name) == ["Plan", "Execute", "your approval", "shell"])
        #expect(rows.map(\.depth) == [0, 0, 1, 1])
        #expect(
            rows.map { ($0.endsAt - $0.startsAt) } == [
                .seconds(1), .seconds(252), .seconds(250), .seconds(2),
            ]
        )
        #expect(rows.map(\.isOpen) == [false, true, false, false])
        #expect(rows.map(\.hasFailed) == [false, false, false, true])
        var waterfall = Waterfall()
        waterfall.read(story.transitions)
        let shares = waterfall.shares(until: story.now + .seconds(3))
        #expect(shares.map(\.kind) == [.person, .visit, .tool])
        #expect(shares.map(\.microseconds) == [250_000_000, 4_000_000, 2_000_000])
    }

    @Test("of what goes on at once the one that ends last is critical, and what came before it")
    func critical() {
        var run = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        let first = run.request("first", "{}")
        let second = run.request("second", "{}")
        let third = run.request("third", "{}")
        run.start(first)
        run.start(second)
        run.finish(first, result: "", after: .seconds(2))
        run.start(third)
        run.finish(second, result: "", after: .seconds(1))
        run.finish(third, result: "", after: .seconds(5))
        let weights = Dictionary(uniqueKeysWithValues: rows(run.transitions).map { ($0.name, $0.weight) })
        #expect(
            weights == [
                "Plan": .alone, "first": .critical, "second": .beside(slack: 5_000_000), "third": .critical,
            ]
        )
    }

    @Test(
        "what the run waited for adds up to how long it took, whatever went on beside it",
        arguments: 0..<40
    )
    func sums(seed: UInt64) {
        var random = SeededGenerator(seed + 7)
        var run = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        var going: [Int] = []
        for _ in 0..<60 {
            run.wait(.milliseconds(.random(in: 0...900, using: &random)))
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where going.isEmpty:
                run.go("on", to: ["Plan", "Execute"].randomElement(using: &random) ?? "")
            case 1, 2:
                let call = run.request("tool", "{}")
                run.start(call)
                going.append(call)
            case 3: run.add(.runPaused, ["reason": "person"])
            case 4: run.add(.runResumed, ["after": "pause"])
            default:
                guard let call = going.randomElement(using: &random) else { continue }
                going.removeAll { $0 == call }
                run.finish(call, result: "", after: .milliseconds(5))
            }
        }
        // Taken in at once or bit by bit, and whether or not something goes on at the end.
        let log = run.transitions
        var (whole, growing) = (Waterfall(), Waterfall())
        whole.read(log)
        for end in 1...log.count { growing.read(Array(log[..<end])) }
        let now = log[log.count - 1].at + .seconds(Int64(seed % 3))
        let shares = whole.shares(until: now)
        #expect(shares.reduce(0) { $0 + $1.microseconds } == (now - log[0].at).microseconds)
        #expect(shares.map(\.microseconds) == growing.shares(until: now).map(\.microseconds))
        #expect(shares.allSatisfy { $0.microseconds > 0 })
    }

    @Test("a run that was told to stop while it worked waited for that, not for its own work")
    func paused() {
        var run = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        run.wait(.seconds(2))
        run.add(.runPaused, ["reason": "person"])
        run.wait(.seconds(30))
        run.add(.runResumed, ["after": "pause"])
        run.wait(.seconds(1))
        run.go("on", to: "Execute")
        var waterfall = Waterfall()
        waterfall.read(run.transitions)
        let shares = waterfall.shares(until: run.now)
        #expect(shares.map(\.kind) == [.pause, .visit])
        #expect(shares.first?.microseconds == 30_000_000)
    }

    @Test("at the time cursor what ended later goes on, and what began later is ahead")
    func past() {
        var run = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        run.call("one", "{}", result: "", after: .seconds(2))
        run.call("two", "{}", result: "", after: .seconds(2))
        let started = run.transitions.first { $0.kind == .effectStarted }?.seq ?? 0
        let rows = rows(run.transitions, count: started)
        #expect(rows.map(\.name) == ["Plan", "one", "two"])
        #expect(rows.map(\.isOpen) == [true, true, false])
        #expect(rows.map(\.isAhead) == [false, false, true])
    }

    @Test("hostile numbers name nothing")
    func hostile() {
        var run = RunBuilder("abcabcabcabcabc", role: "coder", goal: "g", at: start)
        for seq in [-1, 0, Int.max, Int.min, 7] {
            run.add(.effectStarted, ["effect": JSON(seq)])
            run.add(.effectFinished, ["effect": JSON(seq)])
            run.add(.interruptClosed, ["interrupt": JSON(seq)])
            run.add(.nodeLeft, ["activation": JSON(seq)])
            run.add(.childFinished, ["request": JSON(seq)])
            run.add(.childSpawned, ["activation": JSON(seq)])
            run.add(.runResumed, ["after": "pause"])
        }
        #expect(rows(run.transitions).map(\.kind) == Array(repeating: .child, count: 5))
        var timeline = Timeline()
        timeline.read(run.transitions)
        #expect(timeline.count == run.transitions.count)
    }

    @Test("the axis cuts gaps short, keeps the order of moments, and says where it cut")
    func axis() {
        let axis = TimeAxis(
            from: Timestamp(microseconds: 0),
            to: Timestamp(microseconds: 1_000_000),
            columns: 53,
            gaps: [100_000..<900_000]
        )
        #expect(axis.column(of: 0) == 0)
        #expect(axis.column(of: 100_000) == 25)
        #expect(axis.column(of: 900_000) == 28)
        #expect(axis.column(of: 1_000_000) == 53)
        #expect(axis.cutRanges == [25..<28])
        let places = stride(from: Int64(0), through: 1_000_000, by: 1_000).map { axis.column(of: $0) }
        #expect(places == places.sorted())
        #expect(axis.columns(from: -50, to: -10) == nil)
        #expect(axis.columns(from: 999_999, to: 2_000_000)?.upperBound == 53)
        let plain = TimeAxis(
            from: Timestamp(microseconds: 5),
            to: Timestamp(microseconds: 5),
            columns: 0,
            gaps: []
        )
        #expect(plain.columns == 1)
    }

    @Test("an axis over something that goes on grows in steps")
    func roomy() {
        #expect(TimeAxis.roomy(1) == 1_000_000)
        #expect(TimeAxis.roomy(1_000_001) == 1_250_000)
        #expect(TimeAxis.roomy(.max) >= .max / 2)
    }
}
