@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Events screens")
struct EventsGoldenTests {
    static func console(_ size: Size, _ stories: [RunBuilder] = Stories.mix, keys: String = "5")
        -> TestConsole
    {
        var console = TestConsole.with(stories, size: size)
        console.press(keys)
        return console
    }

    @Test("the stream of all runs follows the newest", arguments: sizes)
    func stream(size: Size) throws {
        try expectGolden(Self.console(size).canvas(), "Events/stream-\(size)")
    }

    @Test("scrolled back it says how many are new below", arguments: sizes)
    func scrolled(size: Size) throws {
        var console = Self.console(size, keys: "5 k k k k")
        console.feed(.source(.transitions(Stories.hostile.merged)))
        try expectGolden(console.canvas(), "Events/scrolled-\(size)")
    }

    @Test("a transition is shown in full, with its words", arguments: sizes)
    func detail(size: Size) throws {
        var console = Self.console(size, keys: "5 /")
        console.type("kind:effect.requested")
        console.press("enter enter")
        try expectGolden(console.canvas(), "Events/detail-\(size)")
    }

    @Test("a filter shows what matches, and all with the matches marked")
    func filtered() throws {
        var console = Self.console(Size(columns: 120, rows: 40), keys: "5 /")
        console.type("kind:effect shell")
        try expectGolden(console.canvas(), "Events/filter-typed-120x40")
        console.press("enter c")
        try expectGolden(console.canvas(), "Events/filter-context-120x40")
        console.press("/")
        console.type(" /a(b")
        try expectGolden(console.canvas(), "Events/filter-wrong-120x40")
        console.press("esc /")
        console.type(" zzzz")
        console.press("enter c")
        try expectGolden(console.canvas(), "Events/filter-none-120x40")
    }

    @Test("what the filter found is set off, also where the row is selected")
    func marks() throws {
        for (name, filter) in [
            ("words", "shell execute"), ("fields", "kind:effect name:shell"),
            ("regex", #"/node\.\w+/ node:/^(Exe|Obs)/"#),
            ("fuzzy", "~bsect"),
        ] {
            var console = Self.console(Size(columns: 120, rows: 40), keys: "5 /")
            console.type(filter)
            console.press("enter")
            try expectGolden(console.canvas(), "Events/marks-\(name)-120x40")
        }
        var poor = Self.console(.standard, Stories.hostile, keys: "5 /")
        poor.type("東京")
        poor.press("enter")
        try expectGolden(poor.canvas(theme: .mono), "Events/marks-mono-80x24")
        var plain = Self.console(.standard, keys: "5 /")
        plain.type("effect shell")
        plain.press("enter")
        try expectGolden(plain.canvas(.ascii, theme: .mono), "Events/marks-ascii-80x24")
    }

    @Test("only what is important", arguments: [Size(columns: 80, rows: 24)])
    func level(size: Size) throws {
        try expectGolden(Self.console(size, keys: "5 i i").canvas(), "Events/level-\(size)")
    }

    @Test("before anything has happened it says so", arguments: sizes)
    func empty(size: Size) throws {
        var console = TestConsole([], size: size)
        console.feed(.source(.snapshot(Stories.fleet)))
        console.press("5")
        try expectGolden(console.canvas(), "Events/empty-\(size)")
    }

    @Test("before a run's log is here it says so", arguments: sizes)
    func loading(size: Size) throws {
        var console = Self.console(size)
        let run = Stories.done().id
        console.state.show(.events(run))
        console.state.journals[run] = Journal()
        _ = console.state.settle()
        try expectGolden(console.canvas(), "Events/loading-\(size)")
    }

    @Test("while the daemon is away it shows what was heard, and from when", arguments: sizes)
    func lost(size: Size) throws {
        var console = Self.console(size)
        console.loseDaemon()
        try expectGolden(console.canvas(), "Events/lost-\(size)")
    }

    @Test("of a stream that is over-full the newest are kept, and it says so", arguments: sizes)
    func full(size: Size) throws {
        var console = TestConsole([], size: size)
        console.feed(.source(.snapshot(Fleet())))
        let count = EventStream.keptMin + EventStream.block
        let all = (1...count).map { seq in
            Transition(
                run: RunID("f1oods"),
                seq: seq,
                at: start + .milliseconds(seq),
                kind: .factObserved,
                node: "Observe",
                body: ["name": "fact"]
            )
        }
        console.feed(.source(.transitions(all)))
        console.press("5 home")
        try expectGolden(console.canvas(), "Events/full-\(size)")
    }

    @Test("hostile text is shown as what it is", arguments: sizes)
    func hostile(size: Size) throws {
        var console = Self.console(size, Stories.hostile)
        console.press("k k enter")
        try expectGolden(console.canvas(), "Events/hostile-\(size)")
    }

    @Test("in ASCII and without colour")
    func ascii() throws {
        let console = Self.console(Size(columns: 80, rows: 24), keys: "5 k enter")
        try expectGolden(console.canvas(.ascii, theme: .mono), "Events/ascii-80x24")
    }

    @Test("a recording is read where it is looked at", arguments: sizes)
    func recording(size: Size) throws {
        var writer = RecordingWriter(header: RecordingHeader(at: start))
        for story in Stories.mix {
            for (id, text) in story.words.sorted(by: { $0.key.description < $1.key.description }) {
                writer.append(RecordedContent(id: id, text: text))
            }
        }
        for transition in Stories.mix.merged { writer.append(transition) }
        var bytes = writer.take()
        bytes += Array("{\"specversion\":\"1.0\",\"id\":\"torn in the middle\n".utf8)
        let recording = try RecordingReader(bytes: bytes)
        let request = ScreenFrame.Request(
            view: "events",
            size: size,
            transition: recording.index.transitions - 3,
            keys: "/ k i n d : n o d e enter"
        )
        try expectGolden(ScreenFrame.canvas(request, of: recording), "Events/recording-\(size)")
    }
}

extension Stories {
    /// A fleet of which nothing more is heard.
    static var fleet: Fleet {
        var fleet = Fleet()
        for transition in mix.merged { fleet.apply(transition) }
        return fleet
    }
}
