import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

/// What is said and offered while the daemon is away, and how long something has been so.
@Suite("Without a daemon")
struct LostTests {
    private func footer(_ console: TestConsole) -> String {
        String(console.canvas().text.split(separator: "\n").last ?? "").trimmingSpaces
    }

    private func lost(_ connection: Connection, heard: Bool = true, size: Size = Size(columns: 200, rows: 60))
        -> TestConsole
    {
        var console = TestConsole.with(Stories.mix, size: size)
        console.feed(.source(.connection(connection)))
        if !heard { console.state.heardAt = nil }
        return console
    }

    private func again(_ reason: String) -> Connection {
        .reconnecting(retryAt: start + .seconds(843), reason: reason)
    }

    @Test("the footer joins what it knows, and nothing else")
    func footers() {
        let refusal = Connection.failed("The daemon is too old. Update it.")
        #expect(footer(lost(refusal)).hasPrefix("The daemon is too old. Update it. · as of 14:14:00  "))
        #expect(footer(lost(refusal, heard: false)).hasPrefix("The daemon is too old. Update it.  "))
        #expect(footer(lost(again("gone"))).hasPrefix("as of 14:14:00 · next try in 3 s · gone  "))
        #expect(footer(lost(again("gone"), heard: false)).hasPrefix("next try in 3 s · gone  "))
        #expect(footer(lost(again(""), heard: false)).hasPrefix("next try in 3 s  "))
        #expect(footer(lost(.failed(""))).hasPrefix("as of 14:14:00  "))
    }

    @Test(
        "no view offers to steer, and a key that would says why it doesn't",
        arguments: ["0", "1", "2", "3", "4"]
    )
    func steering(view: String) {
        var console = lost(again("gone"))
        console.requests = []
        console.press(view)
        let text = console.canvas().text
        for words in ["a approve", "s settle", "x cancel", "p pause", "o start a run", "! answers"] {
            #expect(!text.contains(words), "\(words)\n\(text)")
        }
        guard view != "0" else { return }
        console.press("p")
        #expect(console.state.prompt == nil)
        #expect(console.state.notice == Notice("Not sent: the daemon is away.", .bad))
        #expect(footer(console).hasPrefix("Not sent: the daemon is away."))
        #expect(!console.requests.contains { if case .command = $0 { true } else { false } })
        console.press("j")
        #expect(footer(console).hasPrefix("as of 14:14:00"))
    }

    @Test("what was typed before the connection was lost isn't sent after")
    func typed() {
        var console = TestConsole.with(Stories.mix)
        console.press("j r")
        console.type("no")
        console.feed(.source(.connection(again("gone"))))
        console.requests = []
        console.press("enter")
        #expect(console.state.notice == Notice("Not sent: the daemon is away.", .bad))
        #expect(!console.requests.contains { if case .command = $0 { true } else { false } })
        console.press(":")
        console.type("start x")
        console.press("enter")
        #expect(console.state.notice == Notice("Not sent: the daemon is away.", .bad))
    }

    @Test("where nothing was ever shown, only keys are offered that can do something", arguments: ViewKey.all)
    func refused(view: ViewKey) {
        var console = TestConsole([], connection: .failed("No."))
        console.press(view.key)
        #expect(footer(console) == "? keys   : command   q quit")
        console.state.notice = Notice("console.yaml:3: no such key", .bad)
        console.feed(.source(.connection(again("gone"))))
        #expect(footer(console).hasPrefix("console.yaml:3"))
    }

    @Test("a length of time is one: since is for clocks", arguments: [0, 60, 840, 90_000])
    func since(seconds: Int) {
        var paused = RunBuilder("9a5ed0", role: "coder", goal: "wait", at: start)
        paused.add(.runPaused, ["by": "ada"])
        var spent = RunBuilder("5be47a", role: "coder", goal: "spend", at: start, limits: ["tokens": 10])
        spent.charge(tokens: 20, microdollars: 0)
        spent.add(.runPaused, ["reason": "budget:tokens"])
        let stories = Stories.mix + [paused, spent]
        for view in ["1", "2", "3", "4", "6", "7"] {
            for row in 0..<stories.count {
                var console = TestConsole.with(
                    stories,
                    size: Size(columns: 200, rows: 60),
                    now: start + .seconds(840 + seconds)
                )
                console.press("1" + String(repeating: " j", count: row) + " " + view)
                let text = console.canvas().text
                #expect(text.firstMatch(of: /since <?[0-9]+[smhd]/) == nil, "\(text)")
            }
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}
