import SomaCore
import SomaTerminal
import SomaTesting
import SomaTraces
import Testing

@testable import SomaConsole

@Suite("Traces in the console")
struct TraceConsoleTests {
    private func searches(_ console: TestConsole) -> [JaegerQuery] {
        console.traces.compactMap { if case .search(_, let query) = $0 { query } else { nil } }
    }

    private func command(_ text: String, _ console: inout TestConsole) {
        console.press(":")
        console.type(text)
        console.press("enter")
    }

    @Test("Jaeger is watched while traces are in sight; a search is asked once it is typed, and again by r")
    func lifetimes() {
        var console = TestConsole.with(Stories.mix)
        console.state.traces.address = "http://jaeger:16686"
        console.press("alt+t")
        #expect(console.traces == [.watch(true)])
        console.feed(.traces(.services(["shop", "somad"])))
        #expect(searches(console) == [JaegerQuery(service: "somad")])
        console.press("/")
        console.type("service:shop min:1s")
        #expect(searches(console).count == 1)
        console.press("enter")
        #expect(searches(console).last == JaegerQuery(service: "shop", durationMin: 1_000_000))
        #expect(console.traces.contains(.stop(1)))
        console.press("r")
        #expect(searches(console).count == 3)
        // Words alone ask for nothing new.
        command("filter service:shop min:1s charge", &console)
        #expect(searches(console).count == 3)
        console.press("1")
        #expect(console.traces.contains(.watch(false)))
        #expect(console.traces.last == .stop(3) || console.traces.contains(.stop(3)))
    }

    @Test("late answers of an earlier search are dropped, and what was found stays until the next is here")
    func late() {
        var console = TraceStories.list(.standard)
        #expect(console.state.tracesView.rows.count == 7)
        command("filter service:shop error", &console)
        console.feed(.traces(.found(1, [])))
        #expect(console.state.tracesView.rows.count == 7)
        let isSearching = console.state.isSearchingTraces
        #expect(isSearching)
        console.feed(.traces(.found(2, Array(TraceStories.found.prefix(2)))))
        #expect(console.state.tracesView.rows.count == 2)
        console.feed(.traces(.found(1, TraceStories.found)))
        #expect(console.state.tracesView.rows.count == 2)
    }

    @Test(
        "a search that was left is asked again when somebody comes back, and so is a trace that hadn't come"
    )
    func comesBack() throws {
        var console = TraceStories.list(.standard)
        console.press("1 alt+t")
        #expect(searches(console).count == 2)
        #expect(console.state.tracesView.rows.count == 7)
        console.feed(.traces(.found(2, Array(TraceStories.found.prefix(2)))))
        let isSearching = console.state.isSearchingTraces
        #expect(!isSearching)
        #expect(console.state.tracesView.rows.count == 2)
        console.press("enter esc enter")
        let opened = console.traces.compactMap { if case .open(let number, _) = $0 { number } else { nil } }
        #expect(opened == [3, 4])
        console.feed(.traces(.opened(4, TraceWaterfall(TraceStories.checkout))))
        #expect(console.state.traceView.waterfall != nil)
        // What has come is still there.
        console.press("esc enter")
        #expect(console.state.traceView.waterfall != nil)
        #expect(console.traces.count { if case .open = $0 { true } else { false } } == 2)
    }

    @Test("that a question has no answer is said above what an earlier one gave")
    func refusedLater() {
        var console = TraceStories.list(Size(columns: 120, rows: 24))
        command("filter service:shop min:2s", &console)
        console.feed(.traces(.failed(2, "Jaeger answered 400: no such\u{1B}[2J thing.")))
        #expect(console.state.tracesView.rows.count == 7)
        #expect(console.canvas().text.contains("Jaeger answered 400"))
        #expect(!console.canvas().text.contains("searching"))
        console = TraceStories.opened(TraceStories.checkout, Size(columns: 120, rows: 24))
        console.press("r")
        console.feed(.traces(.failed(2, "Jaeger has no trace 4bf9.")))
        #expect(console.canvas().text.contains("Jaeger has no trace"))
        #expect(console.canvas().text.contains("POST /checkout"))
    }

    @Test("a trace without spans says that it has none")
    func spanless() {
        let console = TraceStories.opened(Trace(id: TraceID(high: 1, low: 2)), .standard)
        #expect(!console.canvas().text.contains("loading"))
        #expect(console.canvas().text.contains("no spans"))
    }

    @Test("what is selected and folded stays with its span where logs are read anew")
    func readAnew() throws {
        let root = RunID("c9d1e0b7r4t2m6s")
        var console = TestConsole.with(Stories.research(), size: Size(columns: 120, rows: 40))
        console.press("W")
        let before = try #require(console.state.traceView.waterfall)
        let tree = before.tree
        let place = try #require(
            tree.order.last { before.trace.spans[Int($0)].origin?.run != root && tree.sizes[Int($0)] > 1 }
        )
        let id = before.trace.spans[Int(place)].id
        console.state.traceView.reveal(Int(place))
        console.press("space")
        #expect(console.state.traceView.shape.folded == [place])
        // The log ends earlier, as where the time cursor goes back.
        var shorter = Journal()
        shorter.load(Array(try #require(console.state.journals[root]).transitions.prefix(8)))
        console.state.journals[root] = shorter
        console.at(console.state.now + .seconds(2))
        let after = try #require(console.state.traceView.waterfall)
        #expect(after.trace.spans.count < before.trace.spans.count)
        let selected = try #require(console.state.traceView.selected)
        #expect(after.trace.spans[selected].id == id)
        #expect(console.state.traceView.shape.folded.map { after.trace.spans[Int($0)].id } == [id])
    }

    @Test("a run is named by the beginning of its id")
    func byRun() {
        var console = TraceStories.console(.standard)
        console.filter("service:shop run:7f3a")
        #expect(
            searches(console).last == JaegerQuery(service: "shop", tags: [("soma.run.id", "7f3a91kq0d5m2xw")])
        )
    }

    @Test("what was found is ordered by age, length, size and errors, and the selection stays with its trace")
    func order() throws {
        var console = TraceStories.list(.standard)
        console.press("j j")
        let selected = try #require(console.state.tracesView.selected)
        console.press("s")
        #expect(console.state.tracesView.rows.first?.duration == TraceStories.found.map(\.duration).max())
        #expect(console.state.tracesView.selected == selected)
        console.press("s")
        #expect(console.state.tracesView.rows.first?.spans == 4_200)
        console.press("s")
        #expect(console.state.tracesView.rows.first?.failures == 12)
        console.press("enter")
        #expect(console.state.view == .trace(.trace(selected)))
        #expect(console.traces.contains(.open(2, selected)))
    }

    @Test("a service is chosen from those that there are")
    func services() {
        var console = TraceStories.console(.standard)
        console.press("g j enter")
        #expect(console.state.tracesView.filter == "service:mail")
        #expect(searches(console).last == JaegerQuery(service: "mail"))
    }

    @Test("a Jaeger that is back ends the loss, and nothing has to be pressed")
    func back() {
        var console = TraceStories.list(.standard)
        console.feed(.traces(.lost("nobody answers")))
        #expect(console.state.traces.lost != nil)
        #expect(console.state.tracesView.rows.count == 7)
        console.feed(.traces(.services(["shop"])))
        #expect(console.state.traces.lost == nil)
    }

    @Test("errors are gone to in order, from anywhere, and what is around them opens")
    func errors() {
        var console = TraceStories.opened(TraceStories.checkout, .standard)
        console.press("z end E")
        #expect(console.state.traceView.selected == 4)
        console.press("E")
        #expect(console.state.notice?.text == "No error above.")
        console.press("home e")
        #expect(console.state.traceView.selected == 4)
        console.press("e")
        #expect(console.state.notice?.text == "No error below.")
    }

    @Test("matches of a filter are gone to one after the other")
    func matches() {
        var console = TraceStories.opened(TraceStories.checkout, .standard)
        console.press("n")
        #expect(console.state.notice != nil)
        console.filter("charge")
        #expect(console.state.traceView.rows.shown.count == 4)
        console.press("n")
        #expect(console.state.traceView.selected == 4)
        console.press("n N")
        #expect(console.state.traceView.selected == 4)
        console.press("esc")
        #expect(console.state.traceView.rows.shown.count == 9)
        #expect(console.state.traceView.selected == 4)
    }

    @Test("folding the selected span's surroundings selects what is left of them")
    func folded() {
        var console = TraceStories.opened(TraceStories.checkout, .standard)
        console.press("j j")
        #expect(console.state.traceView.selected == 2)
        console.press("h")
        #expect(console.state.traceView.selected == 1)
        console.press("h h space")
        #expect(console.state.traceView.selected == 0)
        #expect(console.state.traceView.rows.shown == [0])
        console.press("l l")
        #expect(console.state.traceView.selected == 1)
    }

    @Test("the link to Jaeger is copied and opened; without one, the ids are copied")
    func links() {
        var console = TraceStories.opened(TraceStories.checkout, .standard)
        let page = "http://jaeger:16686/trace/4bf92f3577b34da6a3ce929d0e0e4736?uiFind=0000000000000001"
        var state = console.state
        #expect(
            state.update(.terminal(.key(Key("y"))), now: state.now).contains(
                .copy(page, what: "the link to Jaeger")
            )
        )
        let opened = state.update(.terminal(.key(Key("Y"))), now: state.now)
        #expect(
            opened.contains {
                if case .runCommand(_, let environment, let failing) = $0 {
                    environment["SOMA_PAGE"] == page && failing?.contains("BROWSER") == true
                } else {
                    false
                }
            }
        )
        console = TestConsole.with(Stories.research())
        console.press("W")
        state = console.state
        let copied = state.update(.terminal(.key(Key("y"))), now: state.now)
        #expect(
            copied.contains {
                if case .copy(let text, _) = $0 {
                    text.hasSuffix("/\(TraceIdentity.span(of: RunID("c9d1e0b7r4t2m6s")))")
                } else {
                    false
                }
            }
        )
    }

    @Test("any transition leads to its span, and the span back to it", arguments: [0, 7, 15, 20])
    func thereAndBack(place: Int) throws {
        let story = try #require(Stories.research().first)
        let log = story.transitions
        let seq = log[min(place, log.count - 1)].seq
        var console = TestConsole.with(Stories.research(), size: Size(columns: 120, rows: 40))
        console.press(":")
        console.type("events \(story.id)")
        console.press("enter")
        for _ in 0..<log.count where EventsView.selected(console.state)?.seq != seq { console.press("k") }
        #expect(EventsView.selected(console.state)?.seq == seq)
        console.press("W")
        #expect(console.state.view == .trace(.run(story.id)))
        var fold = RunTrace(root: story.id)
        for transition in log { fold.append(transition) }
        let wanted = fold.span(for: try #require(log.first { $0.seq == seq }))
        let waterfall = try #require(console.state.traceView.waterfall)
        let selected = try #require(console.state.traceView.selected)
        #expect(waterfall.trace.spans[selected].id == wanted)
        console.press("o")
        #expect(console.state.view == .run(story.id))
        let back = try #require(waterfall.origin(of: selected))
        #expect(console.state.runView.cursor?.entry ?? 0 <= max(1, back.seq ?? 1))
        console.press("esc")
        #expect(console.state.view == .trace(.run(story.id)))
    }

    @Test("the run's waterfall grows with its log, and what was folded and selected stays")
    func grows() throws {
        let stories = Stories.research()
        let merged = stories.merged
        var console = TestConsole(stories)
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(Array(merged.prefix(merged.count - 8)))))
        console.press(":")
        console.type("traces c9d1e0")
        console.press("enter")
        let before = try #require(console.state.traceView.waterfall).trace.spans.count
        console.press("j space j j")
        let selected = console.state.traceView.selected
        console.feed(.source(.transitions(Array(merged.suffix(8)))))
        console.at(console.state.now + .seconds(2))
        let after = try #require(console.state.traceView.waterfall).trace.spans.count
        #expect(after >= before)
        #expect(console.state.traceView.selected == selected)
        #expect(console.state.traceView.shape.folded.count == 1)
    }

    @Test("v goes from the run's log to Jaeger's trace of the same ids, and back to the same span")
    func sources() throws {
        var console = TestConsole.with(Stories.research(), size: Size(columns: 120, rows: 40))
        console.state.traces.address = "http://jaeger:16686"
        console.press("W j j")
        let waterfall = try #require(console.state.traceView.waterfall)
        let id = waterfall.trace.spans[try #require(console.state.traceView.selected)].id
        console.press("v")
        #expect(console.state.view == .trace(.trace(waterfall.trace.id)))
        console.feed(.traces(.opened(1, waterfall)))
        let there = try #require(console.state.traceView.selected)
        #expect(waterfall.trace.spans[there].id == id)
        console.press("v")
        #expect(console.state.view == .trace(.run(RunID("c9d1e0b7r4t2m6s"))))
        let here = try #require(console.state.traceView.selected)
        #expect(console.state.traceView.waterfall?.trace.spans[here].id == id)
    }

    @Test("t takes the time cursor to the span's start; what begins later has not begun")
    func moment() throws {
        var console = TestConsole.with(Stories.research(), size: Size(columns: 120, rows: 40))
        console.press("W j j j j t")
        let walked = try #require(console.state.walked)
        let waterfall = try #require(console.state.traceView.waterfall)
        let selected = try #require(console.state.traceView.selected)
        #expect(walked.at.microseconds == waterfall.starts[selected] / 1_000)
        #expect(console.state.view == .trace(.run(RunID("c9d1e0b7r4t2m6s"))))
        // The cursor's own keys move it on.
        console.press(".")
        #expect(try #require(console.state.walked).seq > walked.seq)
        console.press("T")
        #expect(console.state.walked == nil)
    }

    @Test("a trace is written into a file as OTLP")
    func export() {
        var console = TraceStories.opened(TraceStories.checkout, .standard)
        console.press(":")
        console.type("write trace.json")
        console.press("enter")
        #expect(console.traces.last == .export("trace.json", TraceStories.checkout))
    }

    @Test(
        "a view of a trace is remembered and named",
        arguments: ["traces", "traces:r1", "traces::4bf92f3577b34da6a3ce929d0e0e4736"]
    )
    func tokens(token: String) { #expect(Route(token: token)?.token == token) }

    @Test(
        "keys, any of them in any order, on any trace: a selection in sight, a window inside",
        arguments: UInt64(1)...60
    )
    func anything(seed: UInt64) {
        var generator = SeededNumbers(seed)
        let trace = RandomSpans.trace(&generator)
        let size =
            [Size(columns: 80, rows: 24), Size(columns: 40, rows: 10), Size(columns: 160, rows: 30)]
            .randomElement(using: &generator) ?? .standard
        var console = TraceStories.opened(trace, size)
        let keys = [
            "j", "k", "pgdn", "pgup", "home", "end", "space", "h", "l", "z", "c", "e", "E", "n", "N", "f",
            "+", "-", "<",
            ">", "i", "enter", "J", "K", "/", "t", "y",
        ]
        for _ in 0..<60 {
            let key = keys.randomElement(using: &generator) ?? "j"
            if key == "/" {
                console.filter(["op1", "s0", "", "nothing at all"].randomElement(using: &generator) ?? "")
            } else {
                console.press(key)
            }
            let view = console.state.traceView
            if let selected = view.selected {
                #expect(view.rows.place(of: selected) == view.list.selected)
                let visible = console.state.traceLayout.visible
                if visible > 0, let place = view.list.selected {
                    #expect((view.list.top..<view.list.top + visible).contains(place))
                }
            } else {
                #expect(view.rows.shown.isEmpty)
            }
            if let window = view.window { #expect(window.start >= 0 && window.end <= view.whole) }
        }
        #expect(console.canvas().size == size)
    }
}
