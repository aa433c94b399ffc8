import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Home screens")
struct HomeGoldenTests {
    private func home(_ stories: [RunBuilder], size: Size) -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.feed(.source(.daemon(DaemonFacts(version: "1.2.3", roles: ["coder"]))))
        console.press("0")
        return console
    }

    @Test("home tells what needs you, what runs, what ended, and what to try", arguments: sizes)
    func mix(size: Size) throws {
        try expectGolden(home(Stories.mix, size: size).canvas(), "Home/mix-\(size)")
    }

    @Test("a machine without runs is told what to do", arguments: sizes)
    func empty(size: Size) throws {
        try expectGolden(home([], size: size).canvas(), "Home/empty-\(size)")
    }

    @Test("more runs than fit are counted", arguments: sizes)
    func overFull(size: Size) throws {
        var stories: [RunBuilder] = []
        for number in 0..<40 {
            var run = RunBuilder(
                "r\(number)unning",
                role: "coder",
                goal: "goal \(number)",
                at: start + .seconds(number)
            )
            if number % 4 == 0 { _ = run.ask("which?") }
            if number % 4 == 1 { run.complete("made \(number)") }
            stories.append(run)
        }
        try expectGolden(home(stories, size: size).canvas(), "Home/over-full-\(size)")
    }

    @Test("what came of a run is there also where its goal is long, and not where it is the goal again")
    func endings() {
        let goal = "find out in depth why p95 doubled: deployments, settings, logs, and what else there is"
        var long = RunBuilder("long0000", role: "researcher", goal: goal, at: start)
        long.complete("# \(goal)\n\nThe pool was made smaller.")
        var same = RunBuilder("same0000", role: "coder", goal: "tidy up", at: start)
        same.complete("# tidy up")
        let text = home([long, same], size: Size(columns: 80, rows: 24)).canvas().text
        #expect(text.contains("find out in depth why… · The pool was made …"), "\(text)")
        #expect(text.contains("  tidy up\n") || text.contains("  tidy up "), "\(text)")
        #expect(!text.contains("tidy up · "), "\(text)")
    }

    @Test("where there is room for one thing only, an ended run shows its goal")
    func narrowEndings() {
        var run = RunBuilder("long0000", role: "researcher", goal: "survey this folder", at: start)
        run.complete("# Survey of hello")
        let text = home([run], size: Size(columns: 40, rows: 14)).canvas().text
        #expect(text.contains("surv"), "\(text)")
        #expect(!text.contains("… ·") && !text.contains("… …"), "\(text)")
    }

    @Test("text of any kind stays in its place", arguments: sizes)
    func hostile(size: Size) throws {
        try expectGolden(home(Stories.hostile, size: size).canvas(), "Home/hostile-\(size)")
    }

    @Test("poor terminals get letters")
    func ascii() {
        #expect(home(Stories.mix, size: .standard).canvas(.ascii).text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("today's sums follow the log; runs below others are counted by those above them")
    func spending() {
        let clock = ClockFace()
        var run = RunBuilder("a", role: "r", goal: "g", at: start)
        run.charge(tokens: 100, microdollars: 5_000)
        var child = RunBuilder("c", role: "r", goal: "g", at: start, parent: "a")
        child.charge(tokens: 40, microdollars: 1_000)
        var old = RunBuilder("o", role: "r", goal: "g", at: start + .seconds(-86_400))
        old.charge(tokens: 7, microdollars: 7)
        var spending = Spending()
        let fleet = Fleet(runs: [run.state, child.state, old.state])
        spending.begin(at: start, clock: clock, fleet)
        #expect(spending.startedToday == 1)
        #expect(spending.today.tokens == 100)
        run.charge(tokens: 50, microdollars: 1)
        spending.note(run.state)
        spending.note(child.state)
        #expect(spending.today.tokens == 150)
        spending.begin(at: start + .seconds(60), clock: clock, fleet)
        #expect(spending.today.tokens == 150)
        spending.begin(at: start + .seconds(86_400), clock: clock, fleet)
        #expect(spending.startedToday == 0)
        #expect(spending.today == .zero)
    }

    @Test("o asks for a goal, and the run that starts is opened")
    func starts() {
        var console = home([Stories.done()], size: .standard)
        console.state.workspace = "/home/app"
        console.press("o")
        console.type("@coder fix it")
        console.requests = []
        console.press("enter")
        let wish = StartWish(goal: "fix it", role: "coder", workspace: "/home/app")
        #expect(console.requests == [.command(.start(wish))])
        console.feed(.source(.receipt(.start(wish), .done(RunID("new1234567")))))
        #expect(console.state.view == .run(RunID("new1234567")))
        #expect(console.state.notice == Notice("new123 started", .good))
        console.requests = []
        console.press("0 o")
        console.type("@poet x")
        console.press("enter")
        #expect(console.state.notice == Notice("There is no role \"poet\"; there are coder.", .bad))
        console.press("o enter")
        #expect(console.state.notice?.kind == .bad)
        console.state.isReadOnly = true
        console.press(":")
        console.type("start x")
        console.press("enter")
        #expect(console.state.notice == Notice("This console only reads.", .bad))
        #expect(console.requests == [])
    }
}
