import SomaAgents
import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Approvals screens")
struct ApprovalsGoldenTests {
    private static let patch = """
        --- a/notes.txt
        +++ b/notes.txt
        @@ -1,3 +1,3 @@
         a line that stays
        -fix teh typo
        +fix the typo
         the end
        """

    /// Everything that can wait: a call of a child with a patch, a question, a doubt, a used-up budget.
    static var stories: [RunBuilder] {
        var parent = RunBuilder(
            "a1c5aa",
            role: "coder",
            goal: "make the notes right",
            at: start,
            limits: ["seconds": 900]
        )
        _ = parent.spawn("a1c5ab", role: "coder", goal: "fix the typo")
        var child = RunBuilder(
            "a1c5ab",
            role: "coder",
            goal: "fix the typo in notes.txt",
            at: start + .seconds(100),
            parent: "a1c5aa",
            shape: CognitionGraph.graph
        )
        child.plan([("find it", "one line"), ("change it", "the file says the"), ("check the rest", "")])
        child.add(
            .nodeLeft,
            ["activation": JSON(child.activation), "outcome": "x", "set": ["workspace": "/home/app"]]
        )
        child.go("planned", to: "Execute", steps: [RunBuilder.step(0, .done), RunBuilder.step(1, .active)])
        child.charge(tokens: 900, microdollars: 20_000)
        let arguments = JSON.object(["path": "/srv/notes.txt", "dry": false, "patch": .string(patch)]).text()
        let effect = child.request("apply_patch", arguments, effectClass: .idempotent)
        _ = child.askApproval(
            effect,
            arguments: arguments,
            risk: "Changes, adds and removes files of the workspace.",
            reason: "step 2 of the plan writes files"
        )
        var asking = RunBuilder(
            "b7e110",
            role: "researcher",
            goal: "compare two vendors",
            at: start + .seconds(400)
        )
        asking.plan([("name both", ""), ("compare", "")])
        _ = asking.ask(
            "Which two vendors are meant?\n\nThe folder names three: **acme**, **globex** and **initech**."
        )
        var spent = RunBuilder(
            "c0ffee",
            role: "researcher",
            goal: "read all of the logs",
            at: start + .seconds(500),
            limits: ["tokens": 20_000, "microdollars": 500_000, "seconds": 1_800]
        )
        spent.charge(tokens: 20_000, microdollars: 90_000)
        spent.add(.runPaused, ["reason": "budget:tokens"])
        return [parent, child, asking, spent, Stories.doubtful(), Stories.needsApproval()]
    }

    private func inbox(_ stories: [RunBuilder], size: Size, keys: String = "") -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.press("3 " + keys)
        return console
    }

    @Test("the inbox shows who waits, and all that is known of the first", arguments: sizes)
    func mix(size: Size) throws {
        try expectGolden(inbox(Self.stories, size: size).canvas(), "Approvals/mix-\(size)")
    }

    @Test("each kind of need has a card of its own", arguments: ["a1c5ab", "b7e110", "c0ffee", "b02c44"])
    func kinds(run: String) throws {
        for size in [Size(columns: 120, rows: 40), .standard] {
            var console = inbox(Self.stories, size: size)
            console.goDown { $0.approvalsView.selected?.run.short == run }
            try expectGolden(console.canvas(), "Approvals/\(run)-\(size)")
        }
    }

    @Test("an inbox without entries says what comes there", arguments: sizes)
    func empty(size: Size) throws {
        try expectGolden(inbox([Stories.done()], size: size).canvas(), "Approvals/empty-\(size)")
    }

    @Test("before words are there, a word stands in their place", arguments: sizes)
    func words(size: Size) throws {
        var console = TestConsole(Self.stories, size: size)
        console.answersWords = false
        console.feed(.source(.snapshot(Fleet(runs: Self.stories.map(\.state)))))
        console.press("3")
        try expectGolden(console.canvas(), "Approvals/words-\(size)")
    }

    @Test("what was answered elsewhere says so for a moment, where it was")
    func withdrawn() throws {
        var console = inbox(Self.stories, size: .standard)
        var stories = Self.stories
        let question = stories[1].state.needs[0].id.matter.question ?? 0
        stories[1].answer(question, "approved")
        console.feed(.source(.transitions(stories[1].transitions)))
        for _ in 0..<6 where console.state.approvalsView.selected?.run.short != "a1c5ab" {
            console.press("k")
        }
        try expectGolden(console.canvas(), "Approvals/withdrawn-80x24")
    }

    @Test("text of any length and kind stays in its place", arguments: sizes)
    func hostile(size: Size) throws {
        var stories = Stories.hostile
        var asking = RunBuilder("\u{1B}]0;x", role: "研究者\u{202E}", goal: "\u{1B}[2J", at: start)
        let arguments =
            "{\"comm\\u001band\": \"東京 👩‍👩‍👧‍👦 \\u202e\\u200b rm -rf\", \"c\u{9B}1\": [1, {\"深い\": null}]}"
        let effect = asking.request("sh\u{1B}[31mell", arguments, effectClass: .once)
        _ = asking.askApproval(
            effect,
            arguments: arguments,
            risk: "ri\u{1B}sk",
            reason: "re\u{202E}ason\nsecond"
        )
        stories.append(asking)
        let canvas = inbox(stories, size: size).canvas()
        try expectGolden(canvas, "Approvals/hostile-\(size)")
        #expect(
            canvas.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E || $0 == "\n" }
        )
    }

    @Test("one line of 1 MB of arguments is shown in part, says so, and stays quick", arguments: sizes)
    func large(size: Size) throws {
        var run = RunBuilder("1a56e0", role: "coder", goal: "write a large file", at: start)
        let arguments =
            "{\"path\":\"big.txt\",\"text\":\"" + String(repeating: "abc déf ", count: 120_000) + "\"}"
        let effect = run.request("write_file", arguments, effectClass: .idempotent)
        _ = run.askApproval(
            effect,
            arguments: arguments,
            risk: "Replaces a file.",
            reason: "it was asked for"
        )
        var console = inbox([run], size: size)
        try expectGolden(console.canvas(), "Approvals/large-\(size)")
        for _ in 0..<400 { console.press("ctrl+d") }
        #expect(console.canvas().text.contains("is only the beginning"))
        console.press("e")
        #expect(
            console.state.notice?.text
                == "The arguments are too long for the console: soma approve 1a56e0/4 --args FILE"
        )
    }

    @Test("long arguments scroll, and their place is said")
    func scrolled() throws {
        var run = RunBuilder("5c4011", role: "coder", goal: "say much", at: start)
        let members = (0..<60).map { ("member\($0)", JSON.int(Int64($0))) }
        let arguments = JSON.object(JSONObject(members)).text()
        let effect = run.request("shell", arguments, effectClass: .once)
        _ = run.askApproval(effect, arguments: arguments, risk: "any", reason: "many numbers")
        var console = inbox([run], size: .standard, keys: "ctrl+d ctrl+d")
        try expectGolden(console.canvas(), "Approvals/scrolled-80x24")
        for _ in 0..<40 { console.press("ctrl+d") }
        #expect(console.canvas().text.contains("member59"))
        for _ in 0..<40 { console.press("ctrl+u") }
        #expect(console.canvas().text.contains("member0"))
    }

    @Test("an address to be approved is a link; one that hides its host isn't")
    func links() throws {
        var run = RunBuilder("11b5ed", role: "operator", goal: "tell the others", at: start)
        let arguments =
            #"{"body":"done","mirror":"https://bank.example@evil.example/","url":"https://hooks.example/a?b=c"}"#
        let effect = run.request("http_post", arguments, effectClass: .once)
        _ = run.askApproval(effect, arguments: arguments, risk: "Sends words away.", reason: "step 1 says so")
        let canvas = inbox([run], size: .standard).canvas()
        try expectGolden(canvas, "Approvals/links-80x24")
        #expect(canvas.links.map(\.address) == ["https://hooks.example/a?b=c"])
    }

    @Test("poor terminals get letters")
    func ascii() throws {
        let console = inbox(Self.stories, size: .standard)
        try expectGolden(console.canvas(.ascii, theme: .mono), "Approvals/ascii-80x24")
        #expect(console.canvas(.ascii).text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("the question's words are asked for where the console attached after it")
    func asksForQuestion() {
        var console = TestConsole(Self.stories)
        console.feed(.source(.snapshot(Fleet(runs: Self.stories.map(\.state)))))
        console.press("3")
        console.goDown { $0.approvalsView.selected?.run.short == "7f3a91" }
        let run = Stories.needsApproval()
        let question = run.state.needs[0].id.matter.question ?? 0
        #expect(console.requests.count { $0 == .transition(run.id, seq: question) } == 1)
        #expect(console.canvas().text.contains("step 2 of the plan puts the new key there"))
    }

    @Test("a fork's question is looked up where it was asked")
    func asksOrigin() {
        let origin = Stories.needsApproval()
        var state = origin.state
        state.id = RunID("f0f0f0")
        state.origin = .init(run: origin.id, seq: state.seq)
        var console = TestConsole([origin])
        console.feed(.source(.snapshot(Fleet(runs: [state]))))
        console.press("3")
        #expect(
            console.requests.contains(.transition(origin.id, seq: state.needs[0].id.matter.question ?? 0))
        )
        #expect(console.canvas().text.contains("step 2 of the plan puts the new key there"))
    }

    @Test("a filter leaves those that match, in their order")
    func filtered() {
        var console = inbox(Self.stories, size: .standard)
        console.press("/")
        console.type("role:researcher")
        #expect(console.state.approvalsView.rows.map(\.id.run.short) == ["b7e110", "c0ffee"])
        console.press("enter esc")
        #expect(console.state.approvalsView.rows.count == 5)
    }

    @Test("moving asks for nothing twice and lays the card out only where it changed")
    func counted() {
        var console = TestConsole.with(Self.stories)
        console.press("3 j j k k")
        console.requests = []
        console.press("j j k k")
        #expect(console.requests == [])
    }
}
