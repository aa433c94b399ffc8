import SomaAgents
import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Run screens")
struct RunGoldenTests {
    private func run(_ stories: [RunBuilder], _ size: Size, _ keys: String = "") -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.press("enter " + keys)
        return console
    }

    @Test("a run's timeline has a line an event", arguments: sizes)
    func research(size: Size) throws {
        try expectGolden(run(Stories.research(), size).canvas(), "Run/research-\(size)")
    }

    @Test("space shows arguments and results, JSON pretty", arguments: sizes)
    func unfolded(size: Size) throws {
        var console = run(Stories.research(), size, "home")
        for _ in 0..<6 { console.press("j") }
        console.press("space")
        try expectGolden(console.canvas(), "Run/unfolded-\(size)")
    }

    /// A call that gives addresses, good ones and others.
    private static var linked: RunBuilder {
        var story = RunBuilder("11a4ed", role: "researcher", goal: "read the news", at: start)
        story.call(
            "http_get",
            #"{"url":"https://news.example/api/v1/items?page=2","step":60}"#,
            result:
                "# News\n\nThe [report](https://news.example/report_(1)) is out.\n\n- https://user@evil.example/\n"
                + "- https://b\u{202E}ank.example/\n- https://long.example/"
                + String(repeating: "way/", count: 30)
        )
        story.complete("see https://news.example/.")
        return story
    }

    @Test("addresses in documents are links, each part of a broken one to the whole; hostile ones are words")
    func links() throws {
        let console = run([Self.linked], Size(columns: 120, rows: 40), "home j space")
        try expectGolden(console.canvas(), "Run/links-120x40")
        var covered = console
        covered.press("?")
        #expect(covered.canvas().links.isEmpty)
        // What is copied holds no link.
        var copied = console
        copied.press("j j j")
        let effects = copied.state.update(.terminal(.key(Key("y"))), now: copied.state.now)
        let texts = effects.compactMap { if case .copy(let text, _) = $0 { text } else { nil } }
        #expect(texts.count == 1 && texts.allSatisfy { !$0.contains("\u{1B}") })
    }

    @Test("hostile words stay words, folded and not", arguments: sizes)
    func hostile(size: Size) throws {
        try expectGolden(run(Stories.hostile, size, "z").canvas(), "Run/hostile-\(size)")
    }

    @Test("what a person did is told, with the time it waited")
    func person() throws {
        var story = Stories.needsApproval()
        let question = story.state.openQuestion?.question ?? 0
        story.wait(.seconds(250))
        story.answer(
            question,
            "approved",
            message: "only on staging",
            arguments: #"{"command":"vault kv put staging/api key=new"}"#
        )
        let effect = story.state.activations[0].requests[0].id
        story.start(effect)
        story.finish(effect, ok: false, result: "timeout", after: .seconds(2), retryAfter: .seconds(1))
        story.start(effect, attempt: 2)
        story.finish(effect, result: "--- a/key\n+++ b/key\n@@ -1 +1 @@\n-old\n+new")
        story.add(.runPaused, ["reason": "person", "by": "ada"])
        story.add(.runResumed, ["after": "pause", "by": "ada"])
        story.add(.runResumed, ["after": "crash", "holder": "somad-2"])
        story.add(.budgetChanged, ["limits": ["tokens": 5], "by": "ada"])
        story.add(.effectInDoubt, ["effect": JSON(effect), "reason": "crash"])
        story.add(.effectSettled, ["effect": JSON(effect), "happened": true, "by": "ada"])
        story.add(.unknown("soma.weather.changed.v2"), ["sky": "blue"])
        story.cancel("enough")
        try expectGolden(run([story], Size(columns: 120, rows: 60), "z").canvas(), "Run/person-120x60")
    }

    @Test("output of a call under way is shown as it comes")
    func output() throws {
        var console = run(Stories.research(), .standard, "esc")
        let bisect = Stories.research()[2]
        let effect = bisect.state.activations[0].requests[0].id
        console.feed(.source(.output(bisect.id, effect: effect, text: "running step 1\nrunning step 2\n")))
        console.press("end enter")
        for _ in 0..<2 { console.press("k") }
        console.press("j j space")
        try expectGolden(console.canvas(), "Run/output-80x24")
    }

    @Test("a run without a log says that it is loading", arguments: sizes)
    func loading(size: Size) throws {
        var console = TestConsole([], size: size, connection: .live(lag: nil))
        console.feed(.source(.snapshot(Fleet(runs: [Stories.done().state]))))
        _ = console.state.update(.terminal(.key(Key(.enter))), now: start)
        _ = console.state.settle()
        try expectGolden(console.canvas(), "Run/loading-\(size)")
    }

    @Test("where words are sealed and the daemon is lost, what is known stays", arguments: sizes)
    func lost(size: Size) throws {
        var console = TestConsole([Stories.patched], size: size)
        for id in Stories.patched.words.keys { console.states[id] = .sealed }
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(Stories.patched.transitions)))
        console.press("enter z")
        console.feed(.source(.connection(.failed("The daemon is of another version: 9.0. Update soma."))))
        try expectGolden(console.canvas(), "Run/lost-\(size)")
    }

    @Test("following stays at the newest line; moving up stops it")
    func follow() {
        var stories = Stories.research()
        var console = run(stories, Size(columns: 80, rows: 16))
        #expect(console.state.runView.isFollowing)
        console.press("k k")
        #expect(!console.state.runView.isFollowing)
        let selected = console.state.runView.selected
        for number in 0..<30 { stories[0].fact("fact \(number)") }
        console.feed(.source(.transitions(stories[0].transitions)))
        #expect(console.state.runView.selected == selected)
        console.press("f")
        #expect(console.state.runView.selected == stories[0].transitions.last?.seq)
        console.press("home")
        #expect(console.state.runView.top == console.state.runView.rows.first?.place)
        #expect(console.state.runView.selected == 1)
        console.press("pgdn")
        #expect(console.state.runView.selected != 1)
        console.press("end")
        #expect(console.state.runView.isFollowing)
    }

    @Test("a gap in what comes makes the log be asked for again")
    func gap() {
        var stories = Stories.research()
        var console = run(stories, .standard)
        console.requests = []
        stories[0].fact("one")
        stories[0].fact("two")
        console.feed(.source(.transitions([stories[0].transitions[stories[0].transitions.count - 1]])))
        #expect(console.requests.contains(.journal(stories[0].id)))
    }

    @Test("patches, edits, evidence and reports are shown as what they are", arguments: sizes)
    func patched(size: Size) throws {
        var console = run([Stories.patched], size, "z <")
        try expectGolden(console.canvas(), "Run/patched-top-\(size)")
        console.press(">")
        try expectGolden(console.canvas(), "Run/patched-end-\(size)")
    }

    @Test("JSON opens and closes at the line that is selected")
    func folded() throws {
        var console = run([Stories.patched], Size(columns: 120, rows: 40), "< J J J space j j j j space")
        try expectGolden(console.canvas(), "Run/folded-120x40")
        console.press("space")
        try expectGolden(console.canvas(), "Run/folded-again-120x40")
    }

    @Test("the waterfall says where the time went", arguments: sizes)
    func waterfall(size: Size) throws {
        try expectGolden(run([Stories.patched], size, "w").canvas(), "Run/waterfall-\(size)")
    }

    @Test("the waterfall of a run under way ends at now, and one place of it is the time cursor's")
    func waterfallLive() throws {
        var console = run(Stories.research(), Size(columns: 120, rows: 30), "w")
        try expectGolden(console.canvas(), "Run/waterfall-live-120x30")
        console.press("T , , , , , , , ,")
        try expectGolden(console.canvas(), "Run/waterfall-walked-120x30")
        try expectGolden(console.canvas(.ascii, theme: .mono), "Run/waterfall-ascii-120x30")
    }

    @Test("hostile and wide names in a waterfall stay names", arguments: sizes)
    func waterfallHostile(size: Size) throws {
        try expectGolden(run(Stories.hostile, size, "w").canvas(), "Run/waterfall-hostile-\(size)")
        try expectGolden(run([Stories.wide], size, "w").canvas(), "Run/waterfall-wide-\(size)")
    }

    @Test(
        "what wasn't waited for says how much longer it could have taken",
        arguments: [.standard, Size(columns: 120, rows: 40)]
    )
    func waterfallSlack(size: Size) throws {
        let console = run([Stories.patched], size, "w < j j j")
        #expect(console.canvas().text.contains("2.0s slack"))
        try expectGolden(console.canvas(), "Run/waterfall-slack-\(size)")
    }

    @Test("every transition can be shown, and gaps as long as they were")
    func everything() throws {
        var console = run([Stories.patched], Size(columns: 120, rows: 40), "v <")
        try expectGolden(console.canvas(), "Run/every-120x40")
        console.press("v i >")
        try expectGolden(console.canvas(), "Run/spacing-120x40")
    }

    @Test("words of other scripts line up", arguments: sizes)
    func wide(size: Size) throws {
        try expectGolden(run([Stories.wide], size, "z").canvas(), "Run/wide-\(size)")
    }

    @Test("what is looked for is set off")
    func searched() throws {
        var console = run([Stories.patched], Size(columns: 120, rows: 40), "< /")
        console.type("teh")
        console.press("enter n")
        try expectGolden(console.canvas(), "Run/searched-120x40")
    }

    @Test("the last lines of a call under way are shown below it while they come")
    func streamed() throws {
        let bisect = Stories.research()[2]
        var console = run([bisect], .standard)
        let effect = bisect.state.activations[0].requests[0].id
        for line in 1...20 {
            console.feed(.source(.output(bisect.id, effect: effect, text: "running step \(line)\n")))
        }
        #expect(console.state.runView.isFollowing)
        try expectGolden(console.canvas(), "Run/streamed-80x24")
    }

    @Test("a run of a hundred thousand steps is a page like any other", arguments: sizes)
    func long(size: Size) throws {
        var console = run([Stories.long(25_000)], size)
        try expectGolden(console.canvas(), "Run/long-\(size)")
        console.press("w")
        try expectGolden(console.canvas(), "Run/long-waterfall-\(size)")
    }

    @Test("a result that is longer than is kept says so, and where the rest is")
    func cut() throws {
        var story = RunBuilder(
            "abcdefabcdefabc",
            role: "coder",
            goal: "g",
            at: start,
            shape: CognitionGraph.graph
        )
        let line = "a line of some output that is neither short nor long\n"
        story.call("shell", #"{"command":"make"}"#, result: String(repeating: line, count: 20_000))
        try expectGolden(run([story], .standard, "z").canvas(), "Run/cut-80x24")
    }

    @Test("a run whose log is empty says that nothing happened", arguments: sizes)
    func empty(size: Size) throws {
        var console = TestConsole([], size: size, connection: .live(lag: nil))
        console.feed(.source(.snapshot(Fleet(runs: [Stories.done().state]))))
        console.press("enter")
        try expectGolden(console.canvas(), "Run/empty-\(size)")
    }
}
