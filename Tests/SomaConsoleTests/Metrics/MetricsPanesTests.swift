import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Metrics in two panes")
struct MetricsPanesTests {
    private static let size = Size(columns: 160, rows: 40)

    /// A console with metrics in both panes, the keys in the second.
    private static func console(_ kind: MetricsOrigin.Kind = .server) -> TestConsole {
        var console = MetricsStories.named(size, kind)
        console.press("alt+m | ctrl+w alt+m")
        return console
    }

    @Test("what both show is asked for once, for as many moments as the wider has room for")
    func same() throws {
        var console = Self.console()
        let look = try #require(console.look)
        #expect(console.looks.count == 1)
        #expect(console.metrics.last == .looks([look]))
        #expect(console.state.panes.map(\.metricsView.asked) == [look.number, look.number])
        #expect(look.points == console.state.panes.compactMap { $0.metricsView.wanted?.points }.max())
        console.tell()
        let answers = console.state.panes.map(\.metricsView.answer)
        #expect(answers.count == 2 && answers[0] != nil && answers[0] == answers[1])
    }

    @Test("each has its own dashboard and time; what one asks for goes on while the other changes")
    func apart() throws {
        var console = Self.console()
        console.tell()
        let first = try #require(console.look)
        console.press("]")
        #expect(console.state.panes.map(\.metricsView.dashboard) == ["overview", "latency"])
        #expect(console.looks.map(\.number) == [first.number, first.number + 1])
        console.press("+ + <")
        #expect(console.state.panes[0].metricsView.time == MetricsTime())
        #expect(console.looks.first?.number == first.number)
        console.tell()
        let answers = console.state.panes.map(\.metricsView.answer)
        #expect(answers[0]?.panels.count == Dashboard.builtIn[0].panels.count)
        #expect(answers[1]?.panels.count == Dashboard.builtIn[1].panels.count)
        let length = try #require(console.looks.last?.length)
        #expect(answers[1].map { $0.until - $0.from } == length && length == .seconds(120))
        // The keys go elsewhere, and nothing is asked anew.
        let asked = console.metrics.count
        console.press("ctrl+w")
        #expect(console.metrics.count == asked)
        // The same again is one look again.
        console.press("ctrl+w [ n")
        #expect(console.looks.count == 2)
        console.press("|")
        #expect(console.looks.count == 1)
        console.press("1")
        #expect(console.metrics.last == .looks([]))
    }

    @Test("one that has no answer says so while the other has its own")
    func silent() throws {
        var console = Self.console()
        console.tell()
        console.press("]")
        let first = try #require(console.looks.first)
        console.at(console.state.now + .seconds(9))
        let answer = MetricsStories.answer(first, Dashboard.builtIn[0].panels, now: console.state.now)
        console.feed(.metrics(.answered(first.number, answer)))
        #expect(console.canvas().text.contains("No answer for 9s"))
        #expect(console.state.metrics.silence(of: first.number, now: console.state.now) == nil)
    }

    @Test("two dashboards with times of their own beside each other")
    func golden() throws {
        var console = Self.console()
        console.press("] + +")
        console.tell()
        try expectGolden(console.canvas(), "Metrics/two-160x40")
    }
}

@Suite("The first minutes of metrics")
struct MetricsBeginningTests {
    private static let size = Size(columns: 120, rows: 40)

    /// A console that has scraped for six seconds.
    private static func console() -> TestConsole {
        var console = MetricsStories.named(size, .scraped)
        console.press("alt+m")
        console.tell(gap: 0...0.895)
        return console
    }

    @Test("the time in sight grows with what there is, and each time is asked for once")
    func grows() throws {
        var console = Self.console()
        let begun = console.state.now
        var lengths: [Duration] = []
        for second in stride(from: 0, to: 1_200, by: 5) {
            console.at(begun + .seconds(second))
            let length = console.state.metricsView.time.length
            if lengths.last != length { lengths.append(length) }
            #expect(console.look?.length == length)
            let unknown = 1 - (Double(second) + 6) / length.seconds
            console.tell(gap: unknown > 0 ? 0...unknown : 2...3)
        }
        #expect(lengths == [60, 120, 300, 900].map { .seconds($0) })
        #expect(console.look?.number == 4)
    }

    @Test("it stays as it was chosen, and under the cross-hair")
    func chosen() {
        var console = Self.console()
        console.press("x")
        console.at(console.state.now + .seconds(100))
        #expect(console.state.metricsView.time.length == .seconds(60))
        console.press("x")
        #expect(console.state.metricsView.time.length == .seconds(120))
        console.press("+")
        console.at(console.state.now + .seconds(1_000))
        #expect(console.state.metricsView.time.length == .seconds(60))
    }

    @Test("of a server as much is shown as it has something of; another daemon begins anew")
    func server() {
        var console = MetricsStories.named(Self.size)
        console.press("alt+m")
        #expect(console.look?.length == .seconds(900))
        console.tell(gap: 0...0.949)
        #expect(console.look?.length == .seconds(60))
        console.at(console.state.now + .seconds(90))
        #expect(console.look?.length == .seconds(300))
        console = Self.console()
        console.at(console.state.now + .seconds(400))
        #expect(console.look?.length == .seconds(900))
        console.feed(.attached("unix:/run/other.sock"))
        #expect(console.look?.length == .seconds(60))
    }

    @Test("a minute of which little is there yet", arguments: sizes)
    func golden(size: Size) throws {
        var console = MetricsStories.named(size, .scraped)
        console.press("alt+m")
        console.tell(gap: 0...0.6)
        try expectGolden(console.canvas(), "Metrics/beginning-\(size)")
    }
}

@Suite("Dashboards that are read again")
struct DashboardNewsTests {
    private static let own = Dashboard("own", [PanelSpec("Up", .line, .number, [SeriesSpec("up")])])

    @Test("what has changed is asked for anew, and what was answered to it forgotten; the rest stays")
    func changed() {
        var console = MetricsStories.console(.standard)
        console.feed(.settings(SettingsNews(dashboards: [Self.own])))
        #expect(console.state.metrics.dashboards.map(\.name).last == "own")
        #expect(console.state.metricsView.answer != nil)
        #expect(console.look?.number == 1)
        #expect(console.state.notice?.text == "The dashboards were read.")
        console.press("[")
        #expect(console.state.dashboard == Self.own)
        console.tell()
        let number = console.look?.number
        var other = Self.own
        other.panels.append(PanelSpec("Down", .line, .number, [SeriesSpec("down")]))
        console.feed(.settings(SettingsNews(dashboards: [other], wasAsked: true)))
        #expect(console.state.metricsView.answer == nil)
        #expect(console.look?.panels.count == 2 && console.look?.number != number)
        // One that was taken away gives way to the first.
        console.feed(.settings(SettingsNews(dashboards: [])))
        #expect(console.state.dashboard.name == "overview")
        #expect(console.state.metricsView.answer != nil)
    }

    @Test("what is wrong is told, and what was there before stays")
    func wrong() {
        var console = MetricsStories.console(.standard)
        console.feed(.settings(SettingsNews(dashboards: [Self.own])))
        console.feed(.settings(SettingsNews(problems: ["dashboards/own.yaml:3:5: unknown key \"kin\""])))
        #expect(
            console.state.notice?.text
                == "dashboards/own.yaml:3:5: unknown key \"kin\"; what was set before stays"
        )
        #expect(console.state.metrics.dashboards.last == Self.own)
    }
}
