import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Attention")
struct AttentionTests {
    private let clock = ClockFace()

    private func need(_ run: String, _ question: Int) -> Need {
        var story = RunBuilder(run, role: "r", goal: "g", at: start)
        var seq = story.ask("?")
        while seq < question { seq = story.ask("?") }
        return story.state.needs[0]
    }

    @Test("what was open at the start isn't told to a person who may be looking, only what comes after")
    func attach() {
        var attention = Attention()
        let (old, new) = (need("a", 1), need("b", 1))
        attention.look(at: [old], now: start)
        #expect(attention.next(clock: clock) == nil)
        attention.look(at: [old, new], now: start + .seconds(5))
        #expect(attention.next(clock: clock) == start + .seconds(6))
        #expect(attention.take(now: start + .seconds(5), clock: clock) == nil)
        #expect(
            attention.take(now: start + .seconds(6), clock: clock) == .init(needs: [new.id], isLooking: false)
        )
        #expect(attention.take(now: start + .seconds(60), clock: clock) == nil)
    }

    @Test("a person who is known to look elsewhere is told of what was open")
    func away() {
        var attention = Attention()
        attention.focused(false)
        attention.look(at: [need("a", 1)], now: start)
        #expect(attention.take(now: start + .seconds(1), clock: clock)?.needs.count == 1)
        var back = Attention()
        back.look(at: [Need](), now: start)
        back.focused(true)
        back.look(at: [need("a", 1)], now: start)
        #expect(back.take(now: start + .seconds(1), clock: clock)?.isLooking == true)
    }

    @Test("a burst is told at once, and what comes right after it together, later")
    func burst() {
        var attention = Attention()
        attention.look(at: [Need](), now: start)
        attention.look(at: [need("a", 1)], now: start)
        attention.look(at: [need("a", 1), need("b", 1)], now: start + .milliseconds(900))
        #expect(
            attention.take(now: start + .seconds(1), clock: clock)?.needs.map(\.run.rawValue) == ["a", "b"]
        )
        attention.look(at: [need("c", 1)], now: start + .seconds(2))
        attention.look(at: [need("c", 1), need("d", 1)], now: start + .seconds(5))
        #expect(attention.next(clock: clock) == start + .seconds(11))
        #expect(attention.take(now: start + .seconds(10), clock: clock) == nil)
        #expect(attention.take(now: start + .seconds(11), clock: clock)?.needs.count == 2)
    }

    @Test("quiet hours hold everything back; what is still open at their end is told then")
    func quiet() throws {
        // The stories begin at 14:00.
        var settings = NotifySettings()
        settings.quiet = [try #require(QuietHours("13:00-14:30")), try #require(QuietHours("14:30-15:00"))]
        var attention = Attention(settings)
        attention.look(at: [Need](), now: start)
        attention.look(at: [need("a", 1), need("b", 1)], now: start)
        #expect(attention.next(clock: clock) == start + .seconds(3_600))
        #expect(attention.take(now: start + .seconds(3_599), clock: clock) == nil)
        attention.look(at: [need("b", 1)], now: start + .seconds(600))
        #expect(
            attention.take(now: start + .seconds(3_600), clock: clock)?.needs.map(\.run.rawValue) == ["b"]
        )
        #expect(settings.quietEnd(at: start + .seconds(3_600), clock: clock) == nil)
        let night = ClockFace(offsetSeconds: 10 * 3_600)
        settings.quiet = [try #require(QuietHours("22:00-07:30"))]
        #expect(settings.quietEnd(at: start, clock: night) == start + .seconds(7 * 3_600 + 1_800))
    }

    @Test("a clock that was set back puts nothing off for longer than it would have taken")
    func clockJumps() {
        var attention = Attention()
        attention.look(at: [Need](), now: start)
        attention.look(at: [need("a", 1)], now: start)
        #expect(attention.take(now: start + .seconds(-86_400), clock: clock) == nil)
        let due = start + .seconds(-86_399)
        #expect(attention.take(now: due, clock: clock)?.needs.count == 1)
    }

    @Test(
        "each need is told once while it is open, never after it closed, at any order of events",
        arguments: 0..<200
    )
    func seeds(seed: UInt64) {
        var random = SeededGenerator(seed)
        var settings = NotifySettings()
        settings.after = .seconds(Int(random.next() % 8))
        if seed % 3 == 0, let hours = QuietHours("14:01-14:02") { settings.quiet = [hours] }
        var attention = Attention(settings)
        var now = start
        var open: [Need.ID: (need: Need, since: Timestamp)] = [:]
        var told: [Need.ID] = []
        attention.look(at: [Need](), now: now)
        let needs = (0..<12).map { need("run\($0)", 1) }
        for _ in 0..<120 {
            let need = needs[Int(random.next() % 12)]
            switch random.next() % 5 {
            case 0 where !told.contains(need.id): open[need.id] = (need, open[need.id]?.since ?? now)
            case 1: open[need.id] = nil
            case 2: attention.focused(random.next() % 2 == 0)
            default: now = now + .milliseconds(Int(random.next() % 3_000))
            }
            attention.look(at: open.values.map(\.need), now: now)
            let isQuiet = settings.isQuiet(at: now, clock: clock)
            guard let telling = attention.take(now: now, clock: clock) else { continue }
            #expect(!isQuiet)
            for id in telling.needs {
                #expect(open[id] != nil)
                told.append(id)
            }
        }
        #expect(Set(told).count == told.count)
        // In the end all that is open has been told.
        for _ in 0..<8 {
            now = now + .seconds(30)
            told += attention.take(now: now, clock: clock)?.needs ?? []
        }
        #expect(Set(told).isSuperset(of: open.keys))
        #expect(attention.next(clock: clock) == nil)
    }

    @Test("the console rings, notifies and runs the command once, and says several runs in one")
    func effects() {
        var console = TestConsole.with([])
        var config = ConsoleConfig()
        config.notify.command = "notify-me"
        console.state.habits.adopt(config)
        var first = RunBuilder("a1", role: "coder", goal: "say \"hi\"\u{1B}[2J", at: start)
        let question = first.ask("which?")
        var second = RunBuilder("b2", role: "coder", goal: "g", at: start)
        _ = second.ask("which?")
        func effects(_ console: inout TestConsole) -> [AppEffect] {
            _ = console.state.update(.tick, now: console.state.now + .seconds(20))
            return console.state.settle().filter { if case .send = $0 { false } else { true } }
        }
        for (id, text) in first.words { console.state.words.put(WordsState(text), for: id) }
        _ = console.state.update(.source(.transitions(first.transitions)), now: console.state.now)
        _ = console.state.settle()
        #expect(console.state.nextTick == .seconds(1))
        #expect(
            effects(&console) == [
                .bell, .notify(title: "coder a1 asks you something", body: "say \"hi\"␛[2J"),
                .runCommand(
                    "notify-me",
                    environment: [
                        "SOMA_RUN": "a1", "SOMA_ROLE": "coder", "SOMA_GOAL": "say \"hi\"\u{1B}[2J",
                        "SOMA_NEED": "answer", "SOMA_TOOL": "answer", "SOMA_COUNT": "1",
                        "SOMA_QUESTION": "\(question)",
                    ]
                ),
            ]
        )
        #expect(effects(&console) == [])
        var more = second
        _ = more.ask("and?")
        var third = RunBuilder("c3", role: "coder", goal: "g", at: start)
        _ = third.ask("which?")
        console.state.habits.adopt(ConsoleConfig())
        _ = console.state.update(.source(.transitions([more, third].merged)), now: console.state.now)
        _ = console.state.settle()
        #expect(effects(&console) == [.bell, .notify(title: "2 runs need you", body: "soma: ! shows them")])
    }
}
