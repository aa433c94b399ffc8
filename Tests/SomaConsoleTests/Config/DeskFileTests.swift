import SomaCore
import SomaTerminal
import Testing

@testable import SomaConsole

@Suite("What is remembered")
struct DeskFileTests {
    private func desk() -> Desk {
        let run = RunID("c9d1e0")
        var left = Desk.PaneDesk([.fleet, .run(run), .plan(run)])
        left.filters = [.fleet: "role:coder \"quoted\" \u{1B}[2J", .events: "x"]
        left.selected = [.fleet: run]
        var desk = Desk()
        desk.panes = [left, Desk.PaneDesk([.fleet, .compare(run, RunID("e41107"))])]
        desk.focus = 1
        desk.split.direction = .rows
        desk.split.percent = 70
        desk.split.isZoomed = true
        desk.marks = ["a": Place(.fleet), "Z": Place(.run(run), walk: Walk(run: run, seq: 12, at: start))]
        return desk
    }

    @Test("is read as it was written")
    func round() throws {
        var file = DeskFile()
        file.put(desk(), of: "local")
        file.put(Desk(), of: "prod")
        file.history = ["filter role:coder", "theme dusk"]
        let read = try DeskFile(file.bytes)
        #expect(read == file)
        #expect(read.desk(of: "local") == desk())
        #expect(read.desk(of: "nowhere") == nil)
    }

    @Test(
        "is damaged where it is no text of the console's",
        arguments: [
            "", "x", "[]", "{}", "{\"version\": \"1\"}", "{\"version\": 0}", "null", "{\"version\": 1",
            "\u{0}",
        ]
    )
    func damaged(text: String) {
        #expect(throws: DeskFile.Problem.damaged) { try DeskFile(Array(text.utf8)) }
    }

    @Test("of a later console is left alone, and one that is too large isn't read")
    func foreign() {
        #expect(throws: DeskFile.Problem.newer) { try DeskFile(Array("{\"version\": 2, \"x\": []}".utf8)) }
        let large = Array("{\"version\": 1, \"x\": \"\(String(repeating: "y", count: 300_000))\"}".utf8)
        #expect(throws: DeskFile.Problem.damaged) { try DeskFile(large) }
    }

    @Test(
        "leaves out what isn't there any more or never was",
        arguments: [
            "{\"version\": 1, \"contexts\": 5, \"history\": {}}",
            "{\"version\": 1, \"contexts\": [7, {}, {\"name\": 1}], \"history\": [1, null]}",
        ]
    )
    func odd(text: String) throws { #expect(try DeskFile(Array(text.utf8)) == DeskFile()) }

    @Test("keeps what is right of a desk that is partly wrong")
    func partly() throws {
        let text = """
            {"version": 1, "contexts": [{"name": "local", "focus": 9,
              "panes": [{"route": ["fleet", "nothing", "plan", "run:c9d1e0", "compare:a", 5], "filters": {"x": "y"},
                         "selected": {"fleet": "c9d1e0", "run": 3}}, {}, {"route": ["fleet"]}],
              "split": {"direction": "sideways", "percent": 99, "zoomed": "no"},
              "marks": {"a": {"view": "run:c9d1e0", "seq": -4}, "ab": {"view": "fleet"}, "1": {"view": "fleet"},
                        "b": {}}}]}
            """
        var left = Desk.PaneDesk([.fleet, .run(RunID("c9d1e0"))])
        left.selected = [.fleet: RunID("c9d1e0")]
        var wanted = Desk()
        wanted.panes = [left, Desk.PaneDesk([])]
        wanted.marks = ["a": Place(.run(RunID("c9d1e0")))]
        #expect(try DeskFile(Array(text.utf8)).desk(of: "local") == wanted)
    }

    @Test("has bounds: contexts, lines and filters that are too many or too long make way")
    func bounds() throws {
        var file = DeskFile()
        for number in 0..<100 { file.put(desk(), of: "context-\(number)") }
        file.put(desk(), of: "context-80")
        #expect(file.desks.count == 32)
        #expect(file.desks.last?.context == "context-80")
        file.history = (0..<1000).map { "line \($0)" } + [String(repeating: "x", count: 5000)]
        let read = try DeskFile(file.bytes)
        #expect(read.history.count == 200)
        #expect(read.history.last == "line 999")
        var long = Desk.PaneDesk([.fleet])
        long.filters = [.fleet: String(repeating: "x", count: 100_000)]
        var wide = Desk()
        wide.panes = [long]
        var other = DeskFile()
        other.put(wide, of: "local")
        #expect(other.bytes.count < 10_000)
    }

    @Test("comes back on the screen: panes, filters, selection and marks")
    func restored() {
        var console = TestConsole.with(Stories.mix)
        console.press("j j /")
        console.type("role:coder")
        console.press("enter m a enter m b")
        let left = console.state.desk
        #expect(left.panes.map(\.route.count) == [2])
        #expect(left.marks.keys.sorted() == ["a", "b"])

        var other = AppState(size: console.state.size, now: console.state.now)
        other.restore(left)
        #expect(other.desk == left)
        _ = other.update(.source(.snapshot(console.state.fleet)), now: console.state.now)
        _ = other.settle()
        #expect(other.route == console.state.route)
        #expect(other.fleetView.filter == "role:coder")
        #expect(other.fleetView.selected == console.state.fleetView.selected)
    }

    @Test("leaves out views of runs that are gone")
    func gone() {
        var desk = Desk()
        desk.panes = [Desk.PaneDesk([.fleet, .run(RunID("gone")), .approvals])]
        var state = AppState(now: Timestamp(microseconds: 0))
        state.restore(desk)
        _ = state.update(.source(.snapshot(Fleet())), now: Timestamp(microseconds: 0))
        #expect(state.route == [.fleet, .approvals])
        // Later ones are the person's own affair.
        state.route = [.fleet, .run(RunID("gone"))]
        _ = state.update(.source(.snapshot(Fleet())), now: Timestamp(microseconds: 0))
        #expect(state.route == [.fleet, .run(RunID("gone"))])
    }

    @Test("leaves out views of a Kafka and a Jaeger that aren't named any more", arguments: [false, true])
    func sources(areNamed: Bool) {
        var desk = Desk()
        let run = RunID("c9d1e0")
        let trace = Route.trace(.trace(TraceID(high: 1, low: 2)))
        desk.panes = [
            Desk.PaneDesk([.fleet, .kafka, .topic("orders"), .trace(.run(run)), .traces, trace]),
            Desk.PaneDesk([.kafka]),
        ]
        var state = AppState(now: Timestamp(microseconds: 0))
        state.kafka.isNamed = areNamed
        state.traces.address = areNamed ? "http://jaeger:16686" : nil
        state.restore(desk)
        let routes = areNamed ? desk.panes.map(\.route) : [[.fleet, .trace(.run(run))], [.fleet]]
        #expect(state.panes.map(\.route) == routes)
    }

    @Test("names views by words that are read back")
    func tokens() {
        let run = RunID("c9d1e0")
        let routes: [Route] = [
            .home, .fleet, .agents(nil), .agents(run), .approvals, .effects(nil), .effects(run), .events(nil),
            .events(run), .plan(run), .run(run), .compare(run, RunID("x")),
        ]
        for route in routes { #expect(Route(token: route.token) == route) }
        for text in ["", "plan", "fleet:a", "run:a:b", "compare:a", "flet", "home:", "x:y"] {
            #expect(Route(token: text) == nil, "\(text)")
        }
    }
}
