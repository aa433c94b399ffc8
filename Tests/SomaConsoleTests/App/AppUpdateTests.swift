import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("App update")
struct AppUpdateTests {
    @Test("keys move the selection and stop at the ends")
    func moving() {
        var console = TestConsole.with(Stories.mix)
        #expect(console.state.fleetView.selected?.short == "b02c44")
        console.press("j")
        #expect(console.state.fleetView.selected?.short == "7f3a91")
        console.press("end j j")
        #expect(console.state.fleetView.selected?.short == "0a77c2")
        console.press("pgup pgdn home k")
        #expect(console.state.fleetView.selected?.short == "b02c44")
    }

    @Test("the selected run stays selected when the order changes")
    func selectionStays() {
        var stories = Stories.mix
        var console = TestConsole.with(stories)
        console.press("end")
        let selected = console.state.fleetView.selected
        stories[4].wait(.seconds(100))
        _ = stories[4].ask("really?")
        console.feed(.source(.transitions(stories[4].transitions)))
        #expect(console.state.fleetView.selected == selected)
        console.feed(.source(.snapshot(Fleet(runs: stories.map(\.state)))))
        #expect(console.state.fleetView.selected == selected)
    }

    @Test("views open on each other and esc comes back")
    func routes() {
        var console = TestConsole.with(Stories.mix)
        console.press("j enter")
        let id = console.state.fleetView.selected ?? RunID("")
        #expect(console.state.route == [.fleet, .run(id)])
        console.press("g")
        #expect(console.state.route == [.fleet, .run(id), .plan(id)])
        console.press("enter")
        #expect(console.state.route == [.fleet, .run(id)])
        console.press("esc esc esc")
        #expect(console.state.route == [.fleet])
    }

    @Test("! goes to the inbox's first entry, and then to the next")
    func needsMe() {
        var console = TestConsole.with(Stories.mix)
        console.press("end enter !")
        #expect(console.state.view == .approvals)
        #expect(console.state.approvalsView.selected?.run.short == "7f3a91")
        console.press("!")
        #expect(console.state.approvalsView.selected?.run.short == "b02c44")
        #expect(console.canvas().text.contains("b02c44 doesn't know whether mail happened"))
        console.press("!")
        #expect(console.state.approvalsView.selected?.run.short == "7f3a91")
        console.filter("survey")
        console.press("!")
        #expect(console.state.approvalsView.filter == "")
        console.press("esc")
        #expect(console.state.view.name == .run)
        var calm = TestConsole.with([Stories.done()])
        calm.press("!")
        #expect(calm.state.notice == Notice("Nobody needs you.", .good))
    }

    @Test("a filter that is left goes back to what it was")
    func filterCancelled() {
        var console = TestConsole.with(Stories.mix)
        console.filter("coder")
        console.press("/")
        console.type("x")
        console.press("esc")
        #expect(console.state.fleetView.filter == "coder")
        console.press("esc")
        #expect(console.state.fleetView.rows.count == 7)
        console.press("/")
        console.feed(.terminal(.paste("role:coder")))
        #expect(console.state.fleetView.rows.count == 2)
        console.press("ctrl+c")
        #expect(console.state.prompt == nil)
        #expect(console.state.ending == nil)
    }

    @Test(
        "commands are carried out or corrected",
        arguments: [
            ("quti", "There is no command \"quti\"; did you mean quit?"),
            ("theme dork", "There is no theme \"dork\"; did you mean dark?"),
            ("run zz", "No run's id begins with \"zz\"."),
            ("plan c9d1e", "3 runs' ids begin with \"c9d1e\": type more of it."),
        ]
    )
    func commandErrors(line: String, text: String) {
        var console = TestConsole.with(Stories.mix)
        console.press(":")
        console.type(line)
        console.press("enter")
        #expect(console.state.notice == Notice(text, .bad))
    }

    @Test("commands open views and end the console")
    func commands() {
        var console = TestConsole.with(Stories.mix)
        func run(_ line: String) {
            console.press(":")
            console.type(line)
            console.press("enter")
        }
        run("run c9d1e1")
        #expect(console.state.view.run?.short == "c9d1e1")
        run("plan")
        #expect(console.state.view.title == "c9d1e1 plan")
        run("fleet")
        #expect(console.state.route == [.fleet])
        run("help")
        #expect(console.state.helpTop == 0)
        console.press("esc")
        run("theme mono")
        #expect(console.state.theme == "mono")
        run("")
        run("q")
        #expect(console.state.ending == .quit)
        #expect(console.state.commandHistory == ["run c9d1e1", "plan", "fleet", "help", "theme mono", "q"])
    }

    @Test(
        "tab completes commands, themes and runs",
        arguments: [
            ("th", "theme"), ("theme mo", "theme mono"), ("run 7f", "run 7f3a91kq0d5m2xw"),
            ("run c9d1e", "run c9d1e"), ("x", "x"), ("a b c", "a b c"),
        ]
    )
    func completion(typed: String, completed: String) {
        var console = TestConsole.with(Stories.mix)
        console.press(":")
        console.type(typed)
        console.press("tab")
        #expect(console.state.prompt?.input.text == completed)
    }

    @Test("every key of every view is bound once, and has words")
    func keyTable() {
        for keys in ["", "enter", "g"] {
            var console = TestConsole.with(Stories.mix)
            console.press(keys)
            let table = KeyMap.table(for: console.state)
            #expect(table.conflicts.map { "\($0.key) \($0.first) \($0.second)" } == [])
            #expect(
                table.bindings.allSatisfy { !$0.keys.isEmpty && !$0.description.isEmpty && !$0.title.isEmpty }
            )
        }
        let all = KeyMap.all(TestConsole.with([]).state)
        #expect(Set(all.map(\.name)).count == all.count)
    }

    @Test("the wheel moves what is in sight")
    func wheel() {
        func wheel(_ action: MouseEvent.Action) -> AppMessage {
            .terminal(.mouse(MouseEvent(action: action, point: Point(column: 0, row: 0))))
        }
        var console = TestConsole.with(Stories.mix)
        console.feed(wheel(.scrollDown))
        #expect(console.state.fleetView.list.selected == 3)
        console.feed(wheel(.scrollUp))
        console.feed(wheel(.press))
        #expect(console.state.fleetView.list.selected == 0)
        console.press("?")
        console.feed(wheel(.scrollDown))
        #expect(console.state.helpTop == 3)
        console.press("esc enter")
        console.feed(wheel(.scrollUp))
        console.press("g")
        console.feed(wheel(.scrollDown))
        #expect(console.state.planView.top == 0)
    }

    @Test("a reconnect asks again for the log in sight and for words that were missing")
    func reconnect() {
        var console = TestConsole.with(Stories.mix)
        console.press("enter")
        console.requests = []
        console.feed(.source(.snapshot(console.state.fleet)))
        #expect(console.requests.contains(.journal(console.state.view.run ?? RunID(""))))
    }

    @Test("a tick is due only while something on the screen gets older")
    func ticks() {
        var console = TestConsole.with(Stories.mix)
        #expect(console.state.nextTick == .seconds(1))
        var waiting = TestConsole([Stories.needsApproval()])
        waiting.feed(.source(.snapshot(Fleet(runs: [Stories.needsApproval().state]))))
        #expect(waiting.state.nextTick == .seconds(60))
        #expect(TestConsole.with([Stories.failed()]).state.nextTick == nil)
        let done = Stories.done()
        #expect(TestConsole.with([done], now: done.now + .seconds(20)).state.nextTick == .seconds(40))
        console.feed(.source(.connection(.reconnecting(retryAt: start, reason: "x"))))
        #expect(console.state.nextTick == .seconds(1))
        console.feed(.source(.connection(.failed("x"))))
        console.at(console.state.now + .seconds(20))
        #expect(console.state.nextTick == nil)
    }

    @Test("the cache of words forgets the oldest and cuts the longest")
    func cache() {
        var cache = WordsCache()
        let long = String(repeating: "x", count: WordsCache.textBytesMax + 1)
        cache.put(WordsState(long), for: RunBuilder.name("long"))
        #expect(cache[RunBuilder.name("long")]?.text?.utf8.count == WordsCache.textBytesMax)
        for number in 0...WordsCache.textsMax {
            cache.put(.missing, for: ContentID(high: 1, low: UInt64(number)))
        }
        #expect(cache[RunBuilder.name("long")] == nil)
        #expect(cache[ContentID(high: 1, low: UInt64(WordsCache.textsMax))] == .missing)
        cache.forgetMissing()
        let asked = (1...2).map { _ in cache.ask(ContentID(high: 1, low: UInt64(WordsCache.textsMax))) }
        #expect(asked == [true, false])
    }

    @Test("output of a call is bounded and forgotten with its result")
    func output() {
        var output = LiveOutput()
        let run = RunID("a")
        output.append(String(repeating: "x", count: LiveOutput.bytesMax + 1), run: run, effect: 1)
        #expect(output[run, 1]?.utf8.count == LiveOutput.bytesMax / 2)
        output.forget(run: run, effect: 1)
        #expect(output[run, 1] == nil)
        for effect in 0...LiveOutput.effectsMax { output.append("y", run: run, effect: effect) }
        #expect(output[run, 0] == nil)
    }
}
