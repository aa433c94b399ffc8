@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Costs at other moments")
struct CostMomentTests {
    /// The charges of so many of the first transitions.
    private func charged(_ transitions: ArraySlice<Transition>) -> Int {
        transitions.filter { $0.kind == .budgetCharged }.reduce(0) {
            $0 + ($1.body["microdollars"]?.int ?? 0)
        }
    }

    @Test(
        "a day on which the clock is put forward or back begins and ends when the clock says so",
        arguments: [
            // Midnight and hours of Berlin: the day before, the day of the change at its ends, the day after.
            (Zones.forward + .seconds(-3 * 3_600), -26, 1.0), (Zones.forward + .seconds(-2 * 3_600), -2, 23),
            (Zones.forward + .seconds(-60), -2, 21 + 1 / 60), (Zones.forward, -2, 21),
            (Zones.forward + .seconds(20 * 3_600), -2, 1), (Zones.forward + .seconds(21 * 3_600), 21, 24),
            (Zones.back + .seconds(-3 * 3_600), -3, 25), (Zones.back + .seconds(-3_600), -3, 23),
            (Zones.back, -3, 22), (Zones.back + .seconds(21 * 3_600), -3, 1),
            (Zones.back + .seconds(22 * 3_600), 22, 24),
        ] as [(Timestamp, Int, Double)]
    )
    func changedDay(now: Timestamp, begins: Int, left: Double) {
        let change = now < Zones.back + .seconds(-86_400) ? Zones.forward : Zones.back
        let moment = CostMoment(now, Zones.berlin)
        #expect(moment.dayStart == change + .seconds(begins * 3_600))
        #expect(abs(moment.hoursLeft - left) < 1e-9)
    }

    @Test(
        "costs are of the days and hours that the clock showed then, across a change",
        arguments: 0..<16 as Range<UInt64>,
        [Zones.forward, Zones.back]
    )
    func changedClock(seed: UInt64, change: Timestamp) {
        var numbers = SeededNumbers(seed)
        let stories = (0..<8).map { number in
            CostStories.run(
                "r\(number)aaaaaaaaaa",
                role: "coder",
                goal: "g",
                at: change + .seconds(Int.random(in: -36...20, using: &numbers) * 3_600 - number),
                calls: (0..<24).map { _ in ("a", Int.random(in: 1...999, using: &numbers) * 10) },
                every: .seconds(Int.random(in: 60...5_000, using: &numbers))
            )
        }
        let now = change + .seconds(Int.random(in: -12...20, using: &numbers) * 3_600)
        let offsets = change == Zones.forward ? (3_600, 7_200) : (7_200, 3_600)
        func shown(_ moment: Timestamp) -> String {
            "\(moment + .seconds(moment < change ? offsets.0 : offsets.1))".replacing("T", with: " ")
        }
        var expected: [CostAxis: [String: Int]] = [:]
        for item in stories.flatMap(\.transitions) where item.kind == .budgetCharged {
            let amount = item.body["microdollars"]?.int ?? 0
            expected[.day, default: [:]][String(shown(item.at).prefix(10)), default: 0] += amount
            expected[.hour, default: [:]][shown(item.at).prefix(13) + ":00", default: 0] += amount
        }
        var (index, logs, wish) = (FleetIndex(), CostLogs(), CostTable.Wish())
        let fleet = Fleet(runs: stories.map(\.state))
        index.reset(fleet)
        for transition in stories.merged { logs.note(transition) }
        wish.moment = CostMoment(now, Zones.berlin)
        for axis in [CostAxis.day, .hour] {
            wish.axis = axis
            var table = CostTable()
            table.update(wish, fleet, index, logs)
            let found = table.all.filter { $0.amounts.microdollars > 0 }.map {
                ($0.name.text ?? "", $0.amounts.microdollars)
            }
            #expect(Dictionary(uniqueKeysWithValues: found) == expected[axis])
            let today = expected[.day]?[String(shown(now).prefix(10))] ?? 0
            #expect(table.total.amounts.today.microdollars == today)
        }
    }

    @Test("in a recording costs are those up to the cursor, wherever it goes", arguments: 0..<8)
    func recorded(seed: UInt64) throws {
        let stories = CostStories.random(seed)
        let all = stories.merged
        let reader = try RecordingReader(bytes: stories.recording(at: start))
        var replayed = ReplayedConsole(reader, at: 0)
        var generator = SeededGenerator(seed)
        replayed.press("alt+c")
        for _ in 0..<12 {
            replayed.press(generator.pick([".", ",", "]", "[", "home", "end", "v", "t"]))
            replayed.feed(
                .source(.replay(replayed.state.replay?.place ?? ReplayPlace(transition: 0, at: start)))
            )
            let table = replayed.state.costView.table
            #expect(table.total.amounts.microdollars == charged(all.prefix(replayed.place)))
            #expect(table.all.reduce(0) { $0 + $1.amounts.microdollars } == table.total.amounts.microdollars)
        }
        replayed.press("end")
        for _ in 0..<8 { replayed.feed(.tick) }
        #expect(replayed.state.costView.table.isKnown)
    }

    @Test("costs of a recording, at the cursor", arguments: sizes)
    func golden(size: Size) throws {
        let stories = CostStories.day
        let reader = try RecordingReader(bytes: stories.recording(at: start))
        var replayed = ReplayedConsole(reader, size: size, at: stories.merged.count - 12)
        replayed.press("alt+c v")
        for _ in 0..<8 { replayed.feed(.tick) }
        try expectGolden(replayed.console.canvas(), "Cost/recorded-\(size)")
    }
}
