import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Fleet screens")
struct FleetGoldenTests {
    @Test("a busy fleet shows who waits for a person first", arguments: sizes)
    func mix(size: Size) throws {
        try expectGolden(TestConsole.with(Stories.mix, size: size).canvas(), "Fleet/mix-\(size)")
    }

    @Test("a fleet without runs says what to do", arguments: sizes)
    func empty(size: Size) throws {
        try expectGolden(TestConsole.with([], size: size).canvas(), "Fleet/empty-\(size)")
    }

    @Test("words that have not come yet are said to be loading; sealed and erased ones too", arguments: sizes)
    func words(size: Size) throws {
        var console = TestConsole(Stories.mix, size: size)
        console.states = [
            RunBuilder.name("survey ./"): .sealed, RunBuilder.name("migrate config to v2"): .erased,
            RunBuilder.name("rotate the api key on staging"): .loading,
        ]
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(Stories.mix.merged)))
        try expectGolden(console.canvas(), "Fleet/words-\(size)")
    }

    @Test("a daemon that was never there is told with its reason", arguments: sizes)
    func noDaemon(size: Size) throws {
        let reason = "No daemon answers at unix:/tmp/x.sock. Start one with soma daemon start."
        let connection = Connection.reconnecting(retryAt: start + .seconds(843), reason: reason)
        try expectGolden(
            TestConsole([], size: size, connection: connection).canvas(),
            "Fleet/no-daemon-\(size)"
        )
    }

    @Test("text of any length and kind stays in its column", arguments: sizes)
    func hostile(size: Size) throws {
        try expectGolden(TestConsole.with(Stories.hostile, size: size).canvas(), "Fleet/hostile-\(size)")
    }

    @Test("the selected run is told by its keys and its question")
    func selection() throws {
        var console = TestConsole.with(Stories.mix, size: Size(columns: 120, rows: 24))
        console.press("j")
        try expectGolden(console.canvas(), "Fleet/selected-120x24")
    }

    @Test("poor terminals get letters, and those without colours get weights")
    func ascii() throws {
        let console = TestConsole.with(Stories.mix)
        try expectGolden(console.canvas(.ascii, theme: .mono), "Fleet/ascii-80x24")
        #expect(console.canvas(.ascii).text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("a filter shows how many match while it is typed")
    func filter() throws {
        var console = TestConsole.with(Stories.mix)
        console.press("/")
        console.type("role:coder")
        try expectGolden(console.canvas(), "Fleet/filter-typed-80x24")
        console.press("enter")
        try expectGolden(console.canvas(), "Fleet/filtered-80x24")
        console.filter(" nobody")
        try expectGolden(console.canvas(), "Fleet/filtered-none-80x24")
    }

    @Test("a silent holder shows with its age")
    func stale() throws {
        var console = TestConsole.with(Stories.research())
        let id = Stories.research()[1].id
        console.feed(.source(.presence(id, holder: "somad-1", at: start + .seconds(780))))
        console.press("j")
        try expectGolden(console.canvas(), "Fleet/stale-80x24")
    }

    @Test("a finished run fades after a minute")
    func fading() {
        let done = Stories.done()
        let end = done.state.statusSince
        let style = { (console: TestConsole) in console.canvas()[Point(column: 1, row: 3)]?.style.foreground }
        let fresh = TestConsole.with([done], now: end + .seconds(59))
        let old = TestConsole.with([done], now: end + .seconds(60))
        #expect(style(fresh) == Theme.dark[.statusDone].foreground)
        #expect(style(old) == Theme.dark[.dim].foreground)
    }
}
