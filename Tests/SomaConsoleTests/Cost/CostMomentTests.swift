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
