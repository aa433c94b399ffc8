import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Settings on the screen")
struct HabitsTests {
    private func console(_ change: (inout ConsoleConfig) -> Void) -> TestConsole {
        var config = ConsoleConfig()
        change(&config)
        var console = TestConsole.with(Stories.mix)
        console.feed(.settings(SettingsNews(config: config)))
        return console
    }

    @Test("other keys take the place of the console's own, in help and footer too")
    func keys() {
        var console = console { $0.keys = [KeyChange("fleet.open", keys: [Key("o")])] }
        #expect(console.state.notice == Notice("The settings were read.", .good))
        console.press("enter")
        #expect(console.state.view == .fleet)
        console.press("o")
        #expect(console.state.view.name == .run)
        console.press("esc")
        let footer =
            AppView.render(console.state, theme: .mono, glyphs: .unicode).text
            .split(separator: "\n").last ?? ""
        #expect(footer.contains("o open"))
        console.feed(.settings(SettingsNews(config: ConsoleConfig())))
        console.press("enter")
        #expect(console.state.view.name == .run)
    }

    @Test("what is wrong leaves everything as it was, and is told with its place")
    func refused() {
        var console = console { $0.keys = [KeyChange("fleet.open", keys: [Key("o")])] }
        let before = console.state.config
        console.feed(
            .settings(SettingsNews(problems: ["console.yaml:2:3: unknown key", "console.yaml:3:1: another"]))
        )
        #expect(
            console.state.notice
                == Notice(
                    "console.yaml:2:3: unknown key (and 1 more: soma config check); what was set before stays",
                    .bad
                )
        )
        #expect(console.state.config == before)
        console.feed(.settings(SettingsNews(wasAsked: true)))
        #expect(console.state.notice == Notice("Nothing has changed in the settings."))
    }

    @Test("another theme in the file is worn at once, one that was chosen stays otherwise")
    func theme() {
        var console = console { $0.theme = "mono" }
        #expect(console.state.theme == "mono")
        console.press(":")
        console.type("theme dark")
        console.press("enter")
        console.feed(.settings(SettingsNews(config: console.state.config)))
        #expect(console.state.theme == "dark")
    }

    @Test("plugins are keys of their views, and run with what is in sight")
    func plugins() throws {
        let logs = Plugin(
            "logs",
            key: Key("L"),
            title: "service logs",
            views: ["fleet"],
            command: "x $SOMA_RUN"
        )
        var console = console { $0.plugins = [logs] }
        let run = try #require(console.state.selectedRun)
        let effects = console.state.update(.terminal(.key(Key("L"))), now: console.state.now)
        guard case .plugin(let call) = effects.first else {
            Issue.record("nothing was run: \(effects)")
            return
        }
        #expect(call.plugin == logs)
        #expect(call.environment["SOMA_RUN"] == run.rawValue)
        #expect(call.environment["SOMA_VIEW"] == "fleet")
        console.press("3")
        #expect(console.state.update(.terminal(.key(Key("L"))), now: console.state.now) == [])
    }

    @Test("plugins ask where they should, and don't run where nothing may change")
    func plugin() {
        let kill = Plugin("kill", key: Key("K"), command: "x", asks: true)
        var console = console { $0.plugins = [kill] }
        #expect(console.state.update(.terminal(.key(Key("K"))), now: console.state.now) == [])
        #expect(console.state.confirmation?.title == "Run kill?")
        #expect(console.state.update(.terminal(.key(Key("n"))), now: console.state.now) == [])
        _ = console.state.update(.terminal(.key(Key("K"))), now: console.state.now)
        #expect(console.state.update(.terminal(.key(Key("y"))), now: console.state.now).count == 1)
        console.state.isReadOnly = true
        #expect(console.state.update(.terminal(.key(Key("K"))), now: console.state.now) == [])
        #expect(console.state.notice?.text.contains("read_only: true") == true)
    }

    @Test("another context begins anew, with the person's own things")
    func contexts() {
        var console = console { $0.aliases = ["x": "quit"] }
        console.press("enter m a")
        _ = console.state.run(command: "theme mono")
        var desk = Desk()
        desk.panes = [Desk.PaneDesk([.fleet, .approvals])]
        let prod = ConsoleContext("prod", isReadOnly: true, label: "PROD", color: Color("red"))
        _ = console.state.update(.entered(prod, desk), now: console.state.now)
        let state = console.state
        #expect(state.view == .approvals)
        #expect(state.place == "PROD" && state.isReadOnly && !state.hasFleet && state.fleet.runs.isEmpty)
        #expect(state.theme == "mono" && state.config.aliases == ["x": "quit"] && state.habits.marks.isEmpty)
        #expect(state.commandHistory == ["theme mono"])
        let header =
            AppView.render(state, theme: .mono, glyphs: .unicode).text.split(separator: "\n").first ?? ""
        #expect(header.contains("PROD") && header.contains("read-only"))
        _ = console.state.update(.entered(.local, nil), now: console.state.now)
        #expect(!console.state.isReadOnly)
        console.state.habits.isReadOnlyEverywhere = true
        _ = console.state.update(.entered(.local, nil), now: console.state.now)
        #expect(console.state.isReadOnly)
    }

    @Test("a view to begin with is shown once it is known which runs there are")
    func opening() throws {
        let mix = Stories.mix
        let run = try #require(mix.last?.state.id)
        var state = AppState(now: start)
        state.begin(with: try Opening("plan:\(run.rawValue.prefix(6))"))
        #expect(state.view == .fleet)
        _ = state.update(.source(.snapshot(Fleet(runs: mix.map(\.state)))), now: start)
        #expect(state.view == .plan(run))
        state.begin(with: try Opening("approvals"))
        #expect(state.view == .approvals)
        let problem = #expect(throws: ConsoleError.self) { try Opening("aprovals") }
        #expect(problem?.description == "There is no view \"aprovals\". Did you mean approvals?")
    }
}
