@testable import SomaConsole
import SomaCore
import SomaTesting
import SomaTerminal
import Testing

@Suite("Fleet index")
struct FleetIndexTests {
    private func rows(_ fleet: Fleet, _ wish: FleetRows.Wish = .init()) -> [String] {
        var index = FleetIndex()
        index.reset(fleet)
        var rows = FleetRows()
        rows.update(wish, .init(fleet: fleet, index: index, words: WordsCache(), moment: start))
        return rows.ids(fleet)
    }

    private func fleet(_ stories: [RunBuilder]) -> Fleet {
        var fleet = Fleet()
        for transition in stories.merged { fleet.apply(transition) }
        return fleet
    }

    @Test("who waits for a person comes first, then who is at work, then who ended last")
    func order() {
        #expect(
            rows(fleet(Stories.mix)) == [
                "b02c44", "7f3a91", "c9d1e0", "c9d1e1", "c9d1e2", "4410fe", "0a77c2",
            ]
        )
    }

    @Test("a child that needs somebody lifts its whole tree")
    func tree() {
        var stories = Stories.research()
        stories[1].wait(.seconds(5))
        _ = stories[1].ask("which file?")
        #expect(rows(fleet(stories + [Stories.done()])).prefix(3) == ["c9d1e0", "c9d1e1", "c9d1e2"])
        #expect(rows(fleet(stories + [Stories.needsApproval()])).first == "7f3a91")
    }

    @Test("runs that claim to be each other's parents are all listed")
    func cycle() {
        let first = RunBuilder("a", role: "r", goal: "g", at: start, parent: "b")
        let second = RunBuilder("b", role: "r", goal: "g", at: start, parent: "a")
        let own = RunBuilder("c", role: "r", goal: "g", at: start, parent: "c")
        #expect(Set(rows(fleet([first, second, own]))) == ["a", "b", "c"])
    }

    @Test("counts kept up by transitions are those of the fold", arguments: 1...20)
    func counts(seed: UInt64) {
        var random = SeededGenerator(seed)
        var index = FleetIndex()
        var fleet = Fleet()
        for transition in Stories.mix.flatMap(\.transitions).shuffled(using: &random) {
            fleet.apply(transition)
            index.touch(fleet.place(of: transition.run))
            if Int.random(in: 0..<9, using: &random) == 0 { index.refresh(fleet) }
        }
        index.refresh(fleet)
        var fresh = FleetIndex()
        fresh.reset(fleet)
        #expect(index.needing == fresh.needing)
        #expect(index.running == fresh.running)
        #expect(index.failed == fresh.failed)
        #expect(index.needing == fleet.needingPerson.count)
        #expect(index.facts == fresh.facts)
    }

    @Test("activity stands in stretches of the run's own time")
    func activity() {
        var activity = Activity()
        for seconds in [0, 1, 2, 7, 30] { activity.note(at: start + .seconds(seconds)) }
        #expect(activity.values == [3, 1, 0, 0, 0, 0, 1])
        activity.note(at: start + .seconds(8))
        activity.note(at: start + .seconds(-500))
        #expect(activity.values == [3, 2, 0, 0, 0, 0, 1])
        activity.note(at: start + .seconds(86_400))
        #expect(activity.values == Array(repeating: 0, count: Activity.stretches - 1) + [1])
    }

    @Test("a filter that can't be read says so and leaves the list as it was")
    func wrongFilter() {
        var console = TestConsole.with(Stories.mix)
        console.press("/")
        console.type("role:coder /(")
        #expect(console.state.fleetView.rows.count == 2)
        #expect(console.state.fleetView.typed.trouble == FilterError(12, "a '(' without its ')'"))
        #expect(console.canvas().text.contains("a '(' without its ')'"))
    }

    @Test(
        "a filter takes words, fields and negations",
        arguments: [
            ("", 7), ("RESEARCHER", 0), ("researcher", 3), ("role:coder", 2), ("state:needs", 1),
            ("!state:done role:researcher", 2),
            ("node:execute", 4), ("run:c9d1", 3), ("goal:key", 1), ("deploy log", 1), ("nothinghere", 0),
            ("!", 7), ("\"deploy log\"", 1), ("~rsrch", 3), ("/^(coder|researcher)$/", 5),
            ("role:coder,researcher", 5),
            ("depth:>0", 2), ("!goal:/./", 0),
        ]
    )
    func filter(text: String, count: Int) {
        var console = TestConsole.with(Stories.mix)
        console.press("/")
        console.type(text)
        #expect(console.state.fleetView.rows.count == count)
        #expect(console.state.fleetView.typed.filter.isEmpty == ["", "!"].contains(text))
        #expect(console.state.fleetView.typed.trouble == nil)
    }
}
