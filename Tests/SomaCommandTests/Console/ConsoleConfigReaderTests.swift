import SomaConsole
import SomaSettings
import SomaTerminal
import Testing

@testable import soma

@Suite("The console's file")
struct ConsoleConfigReaderTests {
    private static let reader = ConsoleConfigReader(
        vocabulary: .init(
            themes: ["dark", "mono", "dusk"],
            scopes: KeyMap.scopes,
            commands: ["fleet", "filter", "quit", "run"]
        ),
        folder: "/etc/x",
        home: "/home/me"
    )

    private func read(_ text: String) throws(SettingsError) -> ConsoleConfig {
        try Self.reader.read(Array(text.utf8), file: "console.yaml")
    }

    private func problems(_ text: String) -> [String] {
        do {
            let config = try read(text)
            return ["no problem: \(config)"]
        } catch {
            return error.description.split(separator: "\n").map(String.init)
        }
    }

    @Test("may be empty, or say nothing", arguments: ["", "# nothing\n", "~\n", "{}\n", "keys:\nplugins:\n"])
    func empty(text: String) throws { #expect(try read(text) == ConsoleConfig()) }

    @Test("says all of it")
    func whole() throws {
        let config = try read(
            """
            theme: dusk
            ascii: true
            mouse: false
            keys:
              fleet.open: [enter, f6]
              app.quit: ctrl+q
              steer.cancel: []
            plugins:
              logs:
                key: f4
                title: service logs
                views: [fleet, run]
                command: kubectl logs "$SOMA_RUN" | less
                confirm: true
                wait: false
              note: {key: f5, command: 'echo "$SOMA_GOAL" >>notes', background: true, needs_run: false, read_only: true}
            aliases:
              mine: filter role:coder
              m: mine state:running
              q!: quit
            contexts:
              local:
              prod: {socket: ~/prod.sock, read_only: true, label: PROD, color: red}
              lab: {daemon: "http://127.0.0.1:8080", color: "#ff8800"}
              old: {data_dir: data}
            context: prod
            notify:
              bell: false
              osc9: false
              command: notify-send "$SOMA_RUN"
              quiet: 22:00-07:30
              after: 5s
            """
        )
        var wanted = ConsoleConfig()
        wanted.theme = "dusk"
        wanted.ascii = true
        wanted.mouse = false
        wanted.keys = [
            KeyChange("fleet.open", keys: [Key(.enter), Key(.function(6))]),
            KeyChange("app.quit", keys: [Key("q", .control)]), KeyChange("steer.cancel", keys: []),
        ]
        wanted.plugins = [
            Plugin(
                "logs",
                key: Key(.function(4)),
                title: "service logs",
                views: ["fleet", "run"],
                command: "kubectl logs \"$SOMA_RUN\" | less",
                asks: true,
                waits: false
            ),
            Plugin(
                "note",
                key: Key(.function(5)),
                command: "echo \"$SOMA_GOAL\" >>notes",
                isBackground: true,
                needsRun: false,
                isReadOnly: true
            ),
        ]
        wanted.aliases = ["mine": "filter role:coder", "m": "mine state:running", "q!": "quit"]
        wanted.contexts = [
            .local,
            ConsoleContext(
                "prod",
                place: .address("unix:/home/me/prod.sock"),
                isReadOnly: true,
                label: "PROD",
                color: Color("red")
            ),
            ConsoleContext("lab", place: .address("http://127.0.0.1:8080"), color: Color("#ff8800")),
            ConsoleContext("old", place: .dataFolder("/etc/x/data")),
        ]
        wanted.context = "prod"
        wanted.notify.bell = false
        wanted.notify.osc9 = false
        wanted.notify.command = "notify-send \"$SOMA_RUN\""
        wanted.notify.quiet = [try #require(QuietHours("22:00-07:30"))]
        wanted.notify.after = .seconds(5)
        #expect(config == wanted)
    }

    @Test("has the context local, whatever it names")
    func local() throws {
        #expect(try read("contexts: {prod: {}}").contexts.map(\.name) == ["local", "prod"])
        let own = try read("contexts: {prod: {}, local: {read_only: true}}")
        #expect(own.contexts.map(\.name) == ["prod", "local"])
        #expect(own.context(named: "local")?.isReadOnly == true)
    }

    @Test(
        "that is wrong is refused with place, reason and what was meant",
        arguments: [
            ("them: dusk", "console.yaml:1:1: unknown key \"them\"; did you mean theme?"),
            (
                "theme: dust",
                "console.yaml:1:8: expected one of default, dark, mono, dusk, found \"dust\"; did you mean dusk?"
            ),
            ("mouse: yes", "console.yaml:1:8: expected true or false, found \"yes\"; did you mean true?"),
            ("- a", "console.yaml:1:1: expected a mapping, found a list"),
            (
                "keys: {fleet.opn: o}",
                "console.yaml:1:8: there is no key binding named \"fleet.opn\"; did you mean fleet.open?"
            ),
            (
                "keys:\n  fleet.open: entr",
                "console.yaml:2:15: \"entr\" is not a key; keys are written like g, G, ctrl+c, alt+x, shift+tab, f5, "
                    + "esc, space, pgdn; did you mean enter?"
            ),
            (
                "keys: {fleet.open: ctrl+i}",
                "console.yaml:1:20: terminals send tab for ctrl+i; did you mean tab?"
            ),
            (
                "keys: {fleet.open: {a: b}}",
                "console.yaml:1:20: expected a key such as g, ctrl+q or f5, found a mapping"
            ),
            (
                "keys:\n  fleet.plan: f6\n  fleet.open: [enter, x]",
                "console.yaml:3:15: the key x belongs to steer.cancel in the view fleet; give steer.cancel another "
                    + "key too, or none with `steer.cancel: []`"
            ),
            (
                "plugins:\n  kill: {key: x, command: 'true'}",
                "console.yaml:2:9: the key x belongs to steer.cancel in the view home; give steer.cancel another "
                    + "key too, or none with `steer.cancel: []`"
            ),
            (
                "plugins:\n  one: {key: f5, command: a}\n  two: {key: f5, command: b}",
                "console.yaml:3:8: the key f5 belongs to plugin.one in the view home; give one of them another key"
            ),
            (
                "plugins: {a: {key: f5}}",
                "console.yaml:1:14: expected the key \"command\" with text, found nothing"
            ),
            (
                "plugins: {a: {key: f5, command: x, views: [flet]}}",
                "console.yaml:1:44: expected one of home, fleet, agents, approvals, effects, events, plan, run, "
                    + "compare, kafka, traces, cost, metrics, found \"flet\"; did you mean fleet?"
            ),
            (
                "plugins: {a: {key: f5, command: x, background: true, wait: true}}",
                "console.yaml:1:60: expected no wait where background is true"
            ),
            (
                "plugins: {a b: {key: f5, command: x}}",
                "console.yaml:1:11: expected a name of at most 32 letters, digits, - and _"
            ),
            ("aliases: {m: flet}", "console.yaml:1:14: there is no command \"flet\"; did you mean fleet?"),
            (
                "aliases: {run: fleet}",
                "console.yaml:1:11: \"run\" is a command; an alias needs a name of its own"
            ),
            ("aliases: {a: b, b: a x}", "console.yaml:1:14: the alias \"a\" stands for itself"),
            ("context: prod", "console.yaml:1:10: expected local, found \"prod\""),
            (
                "contexts: {p: {socket: /a, data_dir: /b}}",
                "console.yaml:1:28: expected one of socket, daemon and data_dir, found socket and data_dir"
            ),
            (
                "contexts: {p: {daemon: 'ftp://x'}}",
                "console.yaml:1:24: expected unix:PATH, absolute, or http://HOST:PORT, found \"ftp://x\""
            ),
            (
                "contexts: {p: {color: rde}}",
                "console.yaml:1:23: expected a colour such as red, bright-blue or \"#ff8800\", found \"rde\"; "
                    + "did you mean red?"
            ),
            (
                "notify: {quiet: 22-7}",
                "console.yaml:1:17: expected a part of the day such as 22:00-07:30, found \"22-7\""
            ),
            (
                "notify: {after: 5}",
                "console.yaml:1:17: expected a length of time such as 30s or 1h30m, from 0s to 1d, found the number 5"
            ),
            ("notify: {bel: true}", "console.yaml:1:10: unknown key \"bel\"; did you mean bell?"),
            (
                "theme: dark\ntheme: mono",
                "console.yaml:2:1: expected each key once, found \"theme\" again (first on line 1)"
            ),
            (
                "keys:\n  app.command: []\n  app.quit: []",
                "console.yaml:3:13: nothing would end the console: app.quit and app.command are both without a key; "
                    + "give one of them a key, such as `app.quit: ctrl+q`"
            ),
            (
                "keys:\n  app.quit: []\n  app.command: []",
                "console.yaml:3:16: nothing would end the console: app.quit and app.command are both without a key; "
                    + "give one of them a key, such as `app.command: f10`"
            ),
            (
                "keys: {app.quit: []}\nplugins: {a: {key: ':', command: x}}",
                "console.yaml:2:14: the key : belongs to app.command in the view home; give app.command another key "
                    + "too, or none with `app.command: []`"
            ),
            ("keys: [", "console.yaml:2:1: not valid YAML: did not find expected node content"),
        ]
    )
    func wrong(text: String, problem: String) {
        #expect(problems(text).first == problem)
    }

    @Test("may leave one way out of the console, by a key or by a command")
    func exits() throws {
        for text in ["{app.quit: []}", "{app.command: []}", "{app.quit: [], app.command: f10}"] {
            #expect(throws: Never.self) { try read("keys: " + text) }
        }
    }

    @Test("tells all that is wrong at once, in the order of the text")
    func all() {
        let text = """
            theme: dust
            keys: {app.quit: W, nothing: y}
            notify: {quiet: now}
            """
        #expect(
            problems(text).map { String($0.prefix { $0 != " " }) } == [
                "console.yaml:1:8:", "console.yaml:2:18:", "console.yaml:2:21:", "console.yaml:3:17:",
            ]
        )
    }

    @Test("that is hostile is refused without doing the terminal any harm")
    func hostile() {
        for text in [
            "\"\\e[2J\": 1", "keys: {\"\\e]0;x\\a\": a}", "keys: {app.quit: \"\\e[31m\"}",
            "theme: \"\\u202e\"",
            "aliases: {m: \"\\e[2Jx\"}", "plugins: {\"\\x07\": {}}", String(repeating: "[", count: 200_000),
            "a: &a [*a]", String(repeating: "x: y\n", count: 60_000), "\u{0}",
        ] {
            let found = problems(text).joined(separator: "\n")
            #expect(!found.isEmpty && !found.hasPrefix("no problem"))
            #expect(!found.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
        }
    }
}
