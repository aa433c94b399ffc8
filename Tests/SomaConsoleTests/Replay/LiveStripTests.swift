import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("The time cursor over a live run")
struct LiveStripTests {
    private let run = Stories.failed()

    private func opened(_ view: String = "enter", size: Size = Size(columns: 120, rows: 30)) -> TestConsole {
        var console = TestConsole.with([run], size: size)
        console.press(view + " T")
        return console
    }

    @Test(
        "it moves graph and timeline together, with the keys of a recording, and goes back to now",
        arguments: ["enter", "g"]
    )
    func moves(view: String) {
        var console = opened(view)
        let total = run.transitions.count
        func expect(_ seq: Int, sourceLocation: SourceLocation = #_sourceLocation) {
            #expect(console.state.strip?.place.transition == seq, sourceLocation: sourceLocation)
            #expect(console.state.walked?.seq == (seq == total ? nil : seq), sourceLocation: sourceLocation)
            #expect(console.state.planView.shown?.seq == seq, sourceLocation: sourceLocation)
        }
        expect(total)
        console.press(",")
        expect(total - 1)
        console.press("home")
        expect(1)
        console.press("]")
        let errors = run.transitions.filter { RecordingIndex.Mark.Kind($0) == .error }.map(\.seq)
        expect(errors[0])
        console.press("]")
        expect(errors[1])
        console.press("[")
        expect(errors[0])
        // Nobody was asked in this run.
        console.press("{")
        expect(errors[0])
        console.press("end")
        expect(total)
        console.press(", esc")
        expect(total)
        console.press("T")
        #expect(console.state.strip == nil)
        #expect(console.state.route.count == 2)
    }

    @Test("braces find where a person was asked")
    func asked() {
        let story = Stories.needsApproval()
        var console = TestConsole.with([story], size: Size(columns: 120, rows: 30))
        console.press("enter T home }")
        let asked = story.transitions.first { $0.kind == .interruptOpened }
        #expect(console.state.strip?.place.transition == asked?.seq)
    }

    @Test("it plays, passes over long pauses, and stops at now")
    func plays() {
        var console = opened()
        console.press("home space")
        #expect(console.state.strip?.isPlaying == true)
        #expect(console.state.nextTick == FramePace.interval)
        for _ in 0..<3_000 where console.state.strip?.isPlaying == true {
            console.state.now = console.state.now + .milliseconds(33)
            console.feed(.tick)
        }
        #expect(console.state.strip?.place.transition == run.transitions.count)
        #expect(console.state.walked == nil)
    }

    @Test("what was asked at another time isn't answered from there")
    func steering() {
        var console = TestConsole.with([Stories.needsApproval()])
        console.press("enter")
        #expect(KeyMap.table(for: console.state).bindings.contains { $0.group == "steering" })
        console.press("T , a")
        #expect(console.state.notice == nil)
        #expect(!console.requests.contains { if case .command = $0 { true } else { false } })
    }

    @Test("a run that goes on while its past is looked at stays where it was looked at")
    func grows() {
        var story = Stories.needsApproval()
        var console = TestConsole.with([story], size: Size(columns: 120, rows: 30))
        console.press("enter T , ,")
        let place = console.state.strip?.place.transition
        story.wait(.seconds(60))
        story.fact("something new")
        console.feed(.source(.transitions([story.transitions[story.transitions.count - 1]])))
        #expect(console.state.strip?.place.transition == place)
        #expect(console.state.strip?.overview.transitions == story.transitions.count)
        console.press("end")
        #expect(console.state.walked == nil)
    }

    @Test("the strip is drawn below both views")
    func golden() throws {
        var console = opened()
        console.press("[ [")
        try expectGolden(console.canvas(), "Replay/live-run-120x30")
        console.press("g")
        try expectGolden(console.canvas(), "Replay/live-plan-120x30")
    }
}
