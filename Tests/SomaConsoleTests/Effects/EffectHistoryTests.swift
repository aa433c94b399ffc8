import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Effects out of logs")
struct EffectHistoryTests {
    /// Runs that have called something a few times, the first the longest ago.
    private static func stories(_ count: Int, calls: Int = 2) -> [RunBuilder] {
        (0..<count).map { number in
            var run = RunBuilder(
                "r\(1_000 + number)",
                role: "coder",
                goal: "g",
                at: start + .seconds(number)
            )
            for call in 0..<calls { run.call("read", "{\"n\":\(call)}", result: "x") }
            run.complete("done")
            return run
        }
    }

    /// A console that attaches when all has happened.
    private static func console(_ stories: [RunBuilder], size: Size = Size(columns: 120, rows: 40))
        -> TestConsole
    {
        var console = TestConsole(stories, size: size)
        console.feed(.source(.snapshot(Fleet(runs: stories.map(\.state)))))
        return console
    }

    private static func asked(_ console: TestConsole) -> [RunID] {
        console.requests.compactMap { if case .tail(let run, _) = $0 { run } else { nil } }
    }

    /// A console whose source takes its time; what it asks for is collected.
    private static func settle(_ state: inout AppState) -> [SourceRequest] {
        state.settle().compactMap { if case .send(let request) = $0 { request } else { nil } }
    }

    @Test("opening asks for no more than the bound, and an idle frame for nothing")
    func bounded() {
        let stories = Self.stories(400)
        var console = Self.console(stories)
        #expect(Self.asked(console).isEmpty)
        console.press("4")
        for _ in 0..<20 { console.feed(.tick) }
        #expect(Self.asked(console).count == EffectHistory.runsMax)
        #expect(Self.asked(console).first == stories.last?.id)
        #expect(Set(Self.asked(console)).count == EffectHistory.runsMax)
        let before = console.requests.count
        for _ in 0..<5 {
            console.feed(.tick)
            console.press("?")
            console.press("?")
        }
        #expect(console.requests.count == before)
        #expect(console.state.effectsRemark == "350 earlier runs were not read: M reads on")
        console.press("M")
        for _ in 0..<20 { console.feed(.tick) }
        #expect(Self.asked(console).count == 2 * EffectHistory.runsMax)
        #expect(Set(Self.asked(console)).count == 2 * EffectHistory.runsMax)
    }

    @Test("of ten thousand runs no more is asked for, few at once, and keys don't wait")
    func many() {
        var state = AppState(size: .standard, now: start)
        _ = state.update(.source(.connection(.live(lag: nil))), now: start)
        let one = Self.stories(1)[0]
        let runs = (0..<10_000).map { number in
            var run = one.state
            run.id = RunID("r\(number)")
            return run
        }
        _ = state.update(.source(.snapshot(Fleet(runs: runs))), now: start)
        _ = state.settle()
        _ = state.update(.terminal(.key(Key("4"))), now: start)
        var open = Self.settle(&state)
        #expect(open.count == 4)
        var total = 0
        while !open.isEmpty, total < 1_000 {
            total += open.count
            #expect(open.count <= 4)
            var asked: [AppEffect] = []
            for case .tail(let run, _) in open {
                let log = one.transitions.map { transition in
                    var transition = transition
                    transition.run = run
                    return transition
                }
                asked += state.update(.source(.tail(run, log)), now: start)
                asked += state.update(.terminal(.key(Key("j"))), now: start)
            }
            asked += Self.settle(&state).map { .send($0) }
            open = asked.compactMap {
                if case .send(.tail(let run, let seq)) = $0 { .tail(run, after: seq) } else { nil }
            }
        }
        #expect(total == EffectHistory.runsMax)
        #expect(state.effectsView.ledger.count == 2 * EffectHistory.runsMax)
    }

    @Test("two hundred effects are enough, and of a long log the end")
    func effects() {
        let stories = Self.stories(20, calls: 60)
        var console = Self.console(stories)
        console.press("4")
        #expect(Self.asked(console).count <= 4 + 3)
        #expect(console.state.effectsView.ledger.count >= EffectHistory.effectsMax)
        let long = Self.stories(1, calls: 600)
        var other = Self.console(long)
        other.press("4")
        let after = other.requests.compactMap { if case .tail(_, let seq) = $0 { seq } else { nil } }
        #expect(after == [long[0].transitions.count - EffectHistory.tailMax])
        #expect(other.state.effectsView.ledger.count < 600)
    }

    @Test("runs without effects are not read, and what is open or has ended meanwhile comes once")
    func once() {
        var quiet = RunBuilder("quiet0", role: "r", goal: "g", at: start)
        quiet.complete("nothing to do")
        var story = Stories.effects()
        let told = story.transitions.count
        let (open, at) = (story.state.activations.flatMap(\.requests).filter { !$0.state.isAnswered }, story)
        var console = Self.console([quiet, at])
        story.finish(open.first { $0.name == "search" }?.id ?? 0, result: "found")
        console.feed(.source(.transitions(Array(story.transitions[told...]))))
        console.press("4")
        #expect(Self.asked(console) == [story.id])
        let ledger = console.state.effectsView.ledger
        let ids = (0..<ledger.count).compactMap { ledger.item($0)?.id }
        #expect(ids.count == 10)
        #expect(Set(ids).count == 10)
        // In doubt first, as without the log.
        #expect(ledger.item(0)?.stage == .doubt)
        #expect(
            (0..<ledger.count).contains {
                ledger.item($0)?.name == "search" && ledger.item($0)?.stage == .confirmed
            }
        )
    }

    @Test("a log that can't be read is counted, a lost connection asks for nothing, a new one reads anew")
    func trouble() {
        let stories = Self.stories(3)
        var console = TestConsole(Array(stories.dropLast()))
        console.feed(.source(.snapshot(Fleet(runs: stories.map(\.state)))))
        console.press("4")
        #expect(console.state.effectHistory.failed == 1)
        #expect(console.state.effectsRemark == "1 log can't be read")
        #expect(console.state.effectsView.ledger.count == 4)
        console.requests = []
        console.feed(.source(.connection(.reconnecting(retryAt: start, reason: "away"))))
        console.feed(.tick)
        #expect(Self.asked(console).isEmpty)
        console.feed(.source(.snapshot(Fleet(runs: stories.map(\.state)))))
        console.feed(.source(.connection(.live(lag: nil))))
        console.feed(.tick)
        #expect(Self.asked(console).count == 3)
        #expect(console.state.effectsView.ledger.count == 4)
    }

    @Test("while logs are read it says so, and in a recording nothing is asked for")
    func reading() {
        let stories = Self.stories(2)
        var state = AppState(size: .standard, now: start)
        _ = state.update(.source(.connection(.live(lag: nil))), now: start)
        _ = state.update(.source(.snapshot(Fleet(runs: stories.map(\.state)))), now: start)
        _ = state.update(.terminal(.key(Key("4"))), now: start)
        #expect(Self.settle(&state).count == 2)
        #expect(state.effectsRemark == "reading the logs of runs: 0 so far")
        var replayed = AppState(size: .standard, now: start)
        _ = replayed.update(.source(.connection(.recording)), now: start)
        _ = replayed.update(.source(.snapshot(Fleet(runs: stories.map(\.state)))), now: start)
        _ = replayed.update(.terminal(.key(Key("4"))), now: start)
        #expect(Self.settle(&replayed).allSatisfy { if case .tail = $0 { false } else { true } })
        #expect(replayed.effectsRemark == nil)
    }

    @Test("the last row says what was not read", arguments: sizes)
    func screens(size: Size) throws {
        var console = Self.console(Self.stories(60) + [Stories.effects()], size: size)
        console.press("4 end")
        try expectGolden(console.canvas(), "Effects/logs-\(size)")
    }
}
