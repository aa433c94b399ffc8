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
        #expect(console.metrics.last == .look(nil))
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
            #expect(
                end + .microseconds(-view.time.length.microseconds) >= console.state.now
                    + .microseconds(-max(reach, view.time.length).microseconds)
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

@Suite("Charts")
struct ChartTests {
    @Test("a gap is never bridged, at any width", arguments: 0..<32)
    func gaps(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let points = 40 + Int(generator.next() % 200)
        let columns = 10 + Int(generator.next() % 100)
        let from = points / 3 + Int(generator.next() % UInt64(points / 6))
        let to = from + points / 5 + 4
        let values = (0..<points).map { (from...to).contains($0) ? nil : Double(generator.next() % 100) }
        let until = start + .seconds(points - 1)
        let answer = MetricsAnswer(from: start, until: until, points: points, panels: [], heardAt: nil)
        for kind in [PanelSpec.Kind.line, .area, .stacked] {
            let lines = PanelLines(answer, [.init(name: "a", labels: [:], values: values)], kind: kind)
            let time = ChartTime(until: until, length: .seconds(points - 1), columns: columns)
            let scale = ChartScale(lines.values(isSum: false, within: start...until), unit: .number, rows: 8)
            for glyphs in GlyphSet.allCases {
                let look = Look(theme: .dark, glyphs: glyphs)
                var canvas = Canvas(Size(columns: columns, rows: 8))
                PanelChart(lines: lines, kind: kind, scale: scale, time: time, look: look)
                    .draw(on: &canvas, in: Rect(Size(columns: columns, rows: 8)))
                let first = time.column(lines.moment(from - 1)) ?? 0
                let last = time.column(lines.moment(to + 1)) ?? 0
                for column in (first + 1)..<max(first + 1, last) where column > first && column < last {
                    for row in 0..<8 {
                        let text = canvas[Point(column: column, row: row)]?.text
                        #expect(text == " ", "\(kind) \(glyphs) column \(column) of \(first)...\(last)")
                    }
                }
            }
        }
    }

    @Test("an axis holds its values, and counts in steps that people count in", arguments: 0..<64)
    func scales(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let unit = generator.pick(MetricUnit.allCases)
        let size = [1e-9, 1e-4, 0.3, 1, 70, 4e3, 9e6, 3e12][Int(generator.next() % 8)]
        let values = (0..<20).map { _ in (Double(generator.next() % 2_000) - 300) / 1_000 * size }
        let rows = 1 + Int(generator.next() % 30)
        let scale = ChartScale(values, unit: unit, rows: rows)
        for value in values { #expect(value >= scale.low - size * 1e-9 && value <= scale.high + size * 1e-9) }
        #expect(!scale.ticks.isEmpty && scale.ticks.count <= 12)
        #expect(scale.ticks == scale.ticks.sorted())
        for tick in scale.ticks { #expect(unit.axis(tick).count <= 8, "\(unit) \(tick) \(unit.axis(tick))") }
        for odd in [[.nan], [.infinity], [], [-.infinity, 3]] as [[Double]] {
            let scale = ChartScale(odd, unit: unit, rows: rows)
            #expect(scale.low.isFinite && scale.high.isFinite && scale.low < scale.high)
        }
    }

    @Test(
        "numbers are written short, in their unit",
        arguments: [
            (MetricUnit.number, 0, "0"), (.number, 950, "950"), (.number, 18_234, "18.2k"),
            (.number, 999_950, "1M"),
            (.number, 0.25, "0.25"), (.number, -3, "-3"), (.number, -0.000_000_1, "-1e-7"),
            (.perSecond, 1_912, "1.91k/s"),
            (.seconds, 0.000_84, "840 µs"), (.seconds, 0.003_1, "3.1 ms"), (.seconds, 2, "2 s"),
            (.seconds, 64, "1m04s"),
            (.bytes, 48_000, "48 kB"), (.bytes, 12, "12 B"), (.bytesPerSecond, 1e9, "1 GB/s"),
            (.dollars, 0.114, "$0.11"),
            (.dollarsPerHour, 12, "$12.00/h"), (.percent, 0.62, "62%"), (.number, .nan, "NaN"),
            (.number, .infinity, "+Inf"),
            (.seconds, -.infinity, "-Inf"),
        ] as [(MetricUnit, Double, String)]
    )
    func units(unit: MetricUnit, value: Double, text: String) {
        #expect(unit.text(value) == text)
    }

    @Test("the sample that is nearest to a moment is read", arguments: 0..<16)
    func nearest(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let points = 2 + Int(generator.next() % 300)
        let until = start + .seconds(1 + Int(generator.next() % 10_000))
        let answer = MetricsAnswer(from: start, until: until, points: points, panels: [], heardAt: nil)
        let lines = PanelLines(
            answer,
            [.init(name: "a", labels: [:], values: (0..<points).map { Double($0) })],
            kind: .line
        )
        for _ in 0..<40 {
            let moment =
                start + .microseconds(Int64(generator.next() % UInt64(max(1, (until - start).microseconds))))
            guard let value = lines.value(0, at: moment) else { continue }
            let here = abs((lines.moment(Int(value)) - moment).seconds)
            for index in 0..<points { #expect(abs((lines.moment(index) - moment).seconds) >= here - 1e-6) }
        }
    }

    @Test("no panel is drawn over another, and all can be reached", arguments: 0..<24)
    func grids(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let count = 1 + Int(generator.next() % 24)
        let rect = Rect(
            column: 1,
            row: 3,
            columns: 20 + Int(generator.next() % 200),
            rows: 3 + Int(generator.next() % 60)
        )
        let grid = PanelGrid(count: count, in: rect)
        var seen: Set<Int> = []
        for number in 0..<count {
            let panels = grid.panels(top: grid.top(0, showing: number))
            #expect(panels.contains { $0.number == number })
            seen.formUnion(panels.map(\.number))
            for (place, panel) in panels.enumerated() {
                #expect(rect.intersection(panel.rect) == panel.rect)
                for other in panels.dropFirst(place + 1) {
                    #expect(panel.rect.intersection(other.rect).isEmpty)
                }
            }
        }
        #expect(seen == Set(0..<count))
    }
}
