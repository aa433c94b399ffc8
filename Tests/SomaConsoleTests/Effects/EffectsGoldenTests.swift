@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Effects screens")
struct EffectsGoldenTests {
    private func console(_ stories: [RunBuilder], _ size: Size, _ keys: String = "4") -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.press(keys)
        return console
    }

    @Test("the ledger of all runs: doubt first, with what a resume would do", arguments: sizes)
    func mix(size: Size) throws {
        try expectGolden(console(Stories.mix + [Stories.effects()], size).canvas(), "Effects/mix-\(size)")
    }

    @Test("the ledger of one run has all that it did", arguments: sizes)
    func run(size: Size) throws {
        var console = console([Stories.effects()], size, "4 t j j j j j")
        console.feed(.tick)
        try expectGolden(console.canvas(), "Effects/run-\(size)")
    }

    @Test("without runs it says what to do", arguments: sizes)
    func empty(size: Size) throws {
        try expectGolden(console([], size).canvas(), "Effects/empty-\(size)")
    }

    @Test("with nothing open it says so")
    func quiet() throws {
        var console = TestConsole([Stories.done()])
        console.feed(.source(.snapshot(Fleet(runs: [Stories.done().state]))))
        console.press("4")
        try expectGolden(console.canvas(), "Effects/quiet-80x24")
    }

    @Test("before a run's log is here it says so", arguments: sizes)
    func waiting(size: Size) throws {
        var console = console([Stories.effects()], size)
        console.state.show(.effects(Stories.effects().id))
        console.state.journals[Stories.effects().id] = Journal()
        _ = console.state.settle()
        try expectGolden(console.canvas(), "Effects/loading-\(size)")
    }

    @Test("while the daemon is away, and where logs can't be read, it says so", arguments: sizes)
    func lost(size: Size) throws {
        var console = TestConsole([Stories.effects()], size: size)
        console.feed(.source(.snapshot(Fleet(runs: (Stories.mix + [Stories.effects()]).map(\.state)))))
        console.press("4 end")
        try expectGolden(console.canvas(), "Effects/unread-\(size)")
        console.loseDaemon()
        try expectGolden(console.canvas(), "Effects/lost-\(size)")
    }

    @Test("more effects than fit are scrolled, also past wide letters", arguments: sizes)
    func full(size: Size) throws {
        var run = RunBuilder("f1oods", role: "coder", goal: "g", at: start)
        for number in 0..<300 {
            run.call(
                number % 3 == 0 ? "検索🔍" : "read",
                #"{"path":"東京/👩‍👩‍👧‍👦/\#(number).md"}"#,
                result: "完了",
                detail: ["n": JSON(number)]
            )
        }
        try expectGolden(console([run], size, "4 j j j j j pgdn").canvas(), "Effects/full-\(size)")
    }

    @Test("text of any length and kind stays in its column", arguments: sizes)
    func hostile(size: Size) throws {
        try expectGolden(console(Stories.hostile, size, "4 j").canvas(), "Effects/hostile-\(size)")
    }

    @Test("poor terminals get letters")
    func ascii() throws {
        let console = console([Stories.effects()], Size(columns: 120, rows: 24))
        try expectGolden(console.canvas(.ascii, theme: .mono), "Effects/ascii-120x24")
        #expect(console.canvas(.ascii).text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("the log of a run that has not come yet is said to be loading")
    func loading() throws {
        var console = TestConsole.with([Stories.effects()])
        console.state.journals[Stories.effects().id] = Journal()
        console.state.route = [.fleet, .effects(Stories.effects().id)]
        console.feed(.tick)
        #expect(console.canvas().text.contains("Loading the run's log."))
    }

    @Test("s settles the selected effect, not another one of the same run")
    func settle() {
        var story = Stories.doubtful()
        let second = story.request("mail", #"{"to":"others"}"#, effectClass: .once)
        story.start(second)
        story.wait(.seconds(5))
        story.add(.effectInDoubt, ["effect": JSON(second), "reason": "crash"])
        var console = console([story], .standard, "4 j s")
        #expect(console.state.confirmation?.title == "Did it happen?")
        console.press("y")
        #expect(console.requests.last == .command(.init(story.id, .settle(effect: second, happened: true))))
    }

    @Test("the selection stays with its effect while others come and go")
    func selection() {
        var story = Stories.effects()
        var console = console([story], .standard, "4 j j")
        let selected = console.state.effectsView.selected
        let before = story.transitions.count
        story.add(.effectInDoubt, ["effect": JSON(selected?.effect ?? 0), "reason": "crash"])
        console.feed(.source(.transitions(Array(story.transitions[before...]))))
        #expect(console.state.effectsView.selected == selected)
        #expect(console.state.effectsView.item?.stage == .doubt)
    }
}
