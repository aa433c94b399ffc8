import SomaCore
import SomaMetrics
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Metrics in the console")
struct MetricsUpdateTests {
    @Test(
        "what is in sight is asked for, and nothing where no metrics are; another dashboard is another look"
    )
    func looks() {
        var console = MetricsStories.console(.standard)
        #expect(console.metrics.count == 1)
        #expect(console.look?.number == 1)
        #expect(console.look?.until == nil)
        #expect(console.look?.panels.count == Dashboard.builtIn[0].panels.count)
        console.press("]")
        #expect(console.look?.number == 2)
        #expect(console.state.metricsView.answer == nil)
        console.press("[")
        // What was there before is there at once.
        #expect(console.state.metricsView.answer != nil)
        console.press("1")
        #expect(console.metrics.last == .looks([]))
        console.press("alt+m")
        #expect(console.look != nil)
        // What an earlier look is still told is nobody's concern.
        let before = console.state.metricsView.answer
        let late = MetricsAnswer(from: start, until: start, points: 2, panels: [], heardAt: nil)
        console.feed(.metrics(.answered(1, late)))
        #expect(console.state.metricsView.answer == before)
    }

    @Test("both forms of a question are asked: for a server and for samples that were scraped")
    func questions() throws {
        for dashboard in Dashboard.builtIn {
            for panel in dashboard.panels {
                for part in panel.query(window: .seconds(60)).parts {
                    #expect(part.scraped != nil, "\(panel.title)")
                    #expect(!part.promQL.isEmpty, "\(panel.title)")
                    #expect(
                        part.promQL.count { $0 == "(" } == part.promQL.count { $0 == ")" },
                        "\(part.promQL)"
                    )
                }
            }
        }
    }

    @Test("another daemon is told to the source, and what was of the one before is forgotten")
    func daemon() {
        var console = MetricsStories.console(.standard)
        console.feed(.attached("unix:/run/other.sock"))
        #expect(console.metrics.contains(.daemon("unix:/run/other.sock")))
        #expect(console.state.metricsView.answer == nil)
        #expect(console.look?.number == 2)
    }

    @Test("in another context the named metrics are still asked, under numbers of their own")
    func contexts() throws {
        var console = MetricsStories.console(.standard)
        let own = Dashboard("mine", Dashboard.builtIn[0].panels)
        console.state.metrics.dashboards = Dashboard.all(with: [own])
        console.feed(.metrics(.alerts(try MetricsScreenTests.alerts())))
        let origin = console.state.metrics.origin
        console.metrics = []
        console.feed(.entered(ConsoleContext("prod", label: "PROD"), nil))
        #expect(console.state.metrics.origin == origin)
        #expect(console.state.metrics.dashboards.contains { $0.name == "mine" })
        // A server tells its alerts only when they change.
        #expect(console.state.metrics.firing == 2)
        #expect(console.metrics == [.looks([]), .daemonLeft])
        console.feed(.attached("unix:/run/prod.sock"))
        #expect(console.metrics.last == .daemon("unix:/run/prod.sock"))
        console.press("alt+m")
        #expect(console.look?.number == 2)
        console.tell()
        #expect(console.state.metricsView.answer != nil)
    }

    @Test("zoom and pan stay between what there can be and now, whatever is pressed", arguments: 0..<24)
    func bounds(seed: UInt64) {
        var generator = SeededGenerator(seed)
        var console = MetricsStories.console(generator.pick(sizes))
        if generator.pick([true, false]) { console.state.metrics.origin?.reach = .seconds(600) }
        let reach = console.state.metrics.origin?.reach ?? .zero
        for _ in 0..<60 {
            console.press(
                generator.pick([
                    "+", "-", "<", ">", "h", "j", "k", "l", "x", "^", "enter", "space", "n", "[", "]", "H",
                    "L", "A", "esc",
                ])
            )
            if generator.pick([true, false, false]) { console.tell() }
            if generator.pick([true, false, false]) { console.at(console.state.now + .seconds(7)) }
            guard case .metrics = console.state.view else {
                console.press("alt+m")
                continue
            }
            let view = console.state.metricsView
            let end = view.time.end(now: console.state.now)
            #expect(end <= console.state.now)
            // What stands still gets older: at most by what the clock went on here.
            #expect(
                end + .microseconds(-view.time.length.microseconds) >= console.state.now
                    + .microseconds(-max(reach, view.time.length).microseconds) + .seconds(-420)
            )
            #expect(MetricsTime.lengths.contains(view.time.length))
            #expect(console.state.dashboard.panels.indices.contains(view.selected))
            if let moment = view.crossHair {
                #expect(moment <= console.state.now)
            }
            _ = console.canvas()
        }
    }

    @Test("a cross-hair begins at the peak, moves by a column, and goes on beyond the end")
    func crossHair() throws {
        var console = MetricsStories.console(Size(columns: 120, rows: 40), keys: "l")
        console.press("^")
        let peak = try #require(console.state.metricsView.crossHair)
        let lines = try #require(console.state.panelLines(1))
        let top = lines.values(isSum: false, within: lines.moment(0)...lines.moment(lines.points - 1)).max()
        #expect((0..<lines.lines.count).contains { lines.value($0, at: peak) == top })
        console.press("l")
        let next = try #require(console.state.metricsView.crossHair)
        #expect(next > peak)
        console.press("h h")
        #expect(try #require(console.state.metricsView.crossHair) < peak)
        for _ in 0..<60 { console.press("h") }
        #expect(console.state.metricsView.time.until != nil)
        console.press("n")
        #expect(console.state.metricsView.crossHair == nil)
        #expect(console.state.metricsView.time.until == nil)
    }

    @Test("esc leaves the alerts, the cross-hair and the panel alone before the view")
    func back() {
        var console = MetricsStories.console(.standard)
        console.press("enter x A esc")
        #expect(!console.state.metricsView.showsAlerts)
        console.press("esc")
        #expect(console.state.metricsView.crossHair == nil)
        console.press("esc")
        #expect(!console.state.metricsView.isWhole)
        #expect(console.state.view == .metrics)
        console.press("esc")
        #expect(console.state.view == .fleet)
    }

    @Test("a pause holds what is in sight, and going on ends at now again")
    func pause() {
        var console = MetricsStories.console(.standard)
        console.press("space")
        #expect(console.look?.until != nil)
        let held = console.look
        console.at(console.state.now + .seconds(30))
        #expect(console.look == held)
        console.press("space")
        #expect(console.look?.until == nil)
    }

    @Test(
        "from a spike to the runs active then with one key: the past is asked for and opened at that moment"
    )
    func spike() throws {
        var console = MetricsStories.console(Size(columns: 120, rows: 40))
        console.press("o")
        #expect(console.state.view == .fleet)
        #expect(console.state.fleetView.filter == AppState.activeRunsFilter)
        let moment = try #require(console.state.past?.moment)
        guard
            case .past(.open(let number, let runs))? = console.requests.last(where: {
                if case .past = $0 { true } else { false }
            })
        else {
            Issue.record("the past isn't asked for")
            return
        }
        // What a recording of it tells when it is opened.
        let reader = try RecordingReader(bytes: Stories.mix.recording(at: start))
        var player = RecordingPlayer(reader)
        console.feed(.source(.past(.opened(number: number, runs: runs.count, player.open(at: 0)))))
        #expect(console.state.past?.phase == .open)
        #expect(console.requests.last == .replay(.time(moment)))
    }

    @Test("in a recording the time cursor goes to the cross-hair, and with it")
    func recorded() throws {
        let reader = try RecordingReader(bytes: Stories.mix.recording(at: start))
        var replayed = ReplayedConsole(reader, at: 40)
        replayed.console.state.metrics.origin = MetricsOrigin(
            .server,
            name: "prometheus:9090",
            reach: .seconds(2_592_000)
        )
        replayed.press("alt+m")
        replayed.console.tell()
        let place = try #require(replayed.state.replay?.place.at)
        let end = replayed.state.metricsEnd
        #expect(place <= end)
        #expect(end - place <= replayed.state.metricsView.time.length)
        replayed.press("x h h h")
        let moment = try #require(replayed.state.metricsView.crossHair)
        let here = try #require(replayed.state.replay?.place.at)
        #expect(here <= moment)
        #expect(here < place)
        replayed.press("t")
        #expect(replayed.state.metricsView.crossHair == nil)
    }

    @Test("a click in a panel takes the open time cursor to its moment, as the cross-hair's keys do")
    func clicked() throws {
        let reader = try RecordingReader(bytes: Stories.mix.recording(at: start))
        var replayed = ReplayedConsole(reader, at: 40)
        replayed.console.state.metrics.origin = MetricsOrigin(
            .server,
            name: "prometheus:9090",
            reach: .seconds(2_592_000)
        )
        replayed.press("alt+m")
        replayed.console.tell()
        replayed.press("x h h h h h h")
        let (moment, place) = (replayed.state.metricsView.crossHair, replayed.state.replay?.place.at)
        let column = try #require(moment.flatMap { replayed.state.panelTime.column($0) })
        replayed.press("l l l")
        #expect(replayed.state.replay?.place.at != place)
        let panel = try #require(replayed.state.panelGrid.panels(top: 0).first)
        let plot = PanelLayout(panel.rect, names: 1, isWhole: false).plot
        replayed.mouse(.press, column: plot.column + column, row: plot.row)
        #expect(replayed.state.metricsView.crossHair == moment)
        #expect(replayed.state.replay?.place.at == place)
        // The title chooses the panel alone.
        replayed.mouse(.press, column: panel.rect.column + 2, row: panel.rect.row)
        #expect(replayed.state.metricsView.crossHair == moment)
    }

    @Test("a click chooses a panel and a moment, the wheel other times")
    func mouse() {
        var console = MetricsStories.console(Size(columns: 120, rows: 40))
        func mouse(_ action: MouseEvent.Action, _ column: Int, _ row: Int) {
            console.feed(
                .terminal(
                    .mouse(MouseEvent(action: action, button: .left, point: Point(column: column, row: row)))
                )
            )
        }
        mouse(.press, 60, 7)
        #expect(console.state.metricsView.selected == 1)
        #expect(console.state.metricsView.crossHair != nil)
        mouse(.scrollUp, 60, 7)
        #expect(console.state.metricsView.time.until != nil)
    }

    @Test("commands open a dashboard by its name, and the alerts; a wrong name has a nearest")
    func commands() {
        var console = MetricsStories.named(.standard)
        func run(_ text: String) {
            console.press(":")
            console.type(text)
            console.press("enter")
        }
        run("metrics latency")
        #expect(console.state.view == .metrics)
        #expect(console.state.dashboard.name == "latency")
        run("metrics latancy")
        #expect(console.state.notice?.text.contains("Did you mean latency?") == true)
        run("alerts")
        #expect(console.state.metricsView.showsAlerts)
        #expect(
            Dashboard.all(with: [Dashboard("latency", []), Dashboard("own", [])]).map(\.name).suffix(1) == [
                "own"
            ]
        )
    }
}
