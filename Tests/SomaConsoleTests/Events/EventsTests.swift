import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Events")
struct EventsTests {
    private static func transitions(_ range: ClosedRange<Int>, run: String = "aaaaaa000000000")
        -> [Transition]
    {
        range.map { seq in
            Transition(
                run: RunID(run),
                seq: seq,
                at: start + .milliseconds(seq),
                kind: seq == 1 ? .runStarted : seq % 10 == 0 ? .effectFinished : .nodeEntered,
                agent: "coder",
                node: "Node\(seq % 7)",
                body: seq % 10 == 0 ? ["ok": .bool(seq % 20 == 0), "status": .string("number \(seq)")] : [:]
            )
        }
    }

    private static func console(_ count: Int, size: Size = Size(columns: 100, rows: 30)) -> TestConsole {
        var console = TestConsole([], size: size)
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(transitions(1...count))))
        console.press("5")
        return console
    }

    @Test("following stays at the newest, and scrolled back the same rows stay in sight")
    func follows() {
        var console = Self.console(100)
        #expect(console.state.eventsView.selectedRow == 99)
        console.feed(.source(.transitions(Self.transitions(101...110))))
        #expect(console.state.eventsView.selectedRow == 109)
        console.press("k k")
        let (row, list) = (console.state.eventsView.selectedRow, console.state.eventsView.list)
        #expect(row == 107)
        console.feed(.source(.transitions(Self.transitions(111...150))))
        #expect(console.state.eventsView.selectedRow == 107)
        #expect(console.state.eventsView.list == list)
        #expect(console.canvas().text.contains("40 new below"))
        console.press("f")
        #expect(console.state.eventsView.selectedRow == 149)
        #expect(!console.canvas().text.contains("new below"))
    }

    @Test("the oldest make way, and the selection stays on its line until it is gone")
    func drops() {
        var console = Self.console(EventStream.keptMin + EventStream.block - 5)
        console.press("k k k")
        let view = console.state.eventsView
        let line = (view.list.selected ?? 0) - view.list.top
        let first = EventStream.keptMin + EventStream.block - 4
        console.feed(.source(.transitions(Self.transitions(first...first + 20))))
        let after = console.state.eventsView
        #expect(console.state.stream.base == EventStream.block)
        #expect(after.selectedRow == view.selectedRow)
        #expect((after.list.selected ?? 0) - after.list.top == line)
        #expect(after.count == console.state.stream.kept.count)
    }

    @Test("a filter is applied in steps between which keys are answered, and counts exactly")
    func steps() {
        var console = Self.console(5_000)
        console.press("/")
        console.type("kind:effect")
        #expect(console.state.eventsView.search?.isDone == false)
        #expect(console.state.nextTick == .milliseconds(1))
        var ticks = 0
        while console.state.eventsView.search?.isDone == false, ticks < 100 {
            console.at(console.state.now)
            ticks += 1
        }
        #expect(ticks >= 1 && ticks < 20)
        #expect(console.state.eventsView.count == 500)
        #expect(console.state.nextTick != .milliseconds(1))
        console.press("enter")
        console.feed(.source(.transitions(Self.transitions(5_001...5_020))))
        #expect(console.state.eventsView.count == 502)
        #expect(EventsView.counts(console.state)?.total == 5_020)
    }

    @Test("n and N go from match to match, also among rows that don't match")
    func matches() {
        var console = Self.console(100)
        console.press("n")
        #expect(console.state.eventsView.selectedRow == 99)
        console.filter("ok:false")
        console.press("c")
        #expect(console.state.eventsView.count == 100)
        console.press("<")
        #expect(console.state.eventsView.selectedRow == 0)
        console.press("n")
        #expect(console.state.eventsView.selectedRow == 9)
        console.press("n")
        #expect(console.state.eventsView.selectedRow == 29)
        console.press("N")
        #expect(console.state.eventsView.selectedRow == 9)
        console.press("N")
        #expect(console.state.notice?.text == "No match above.")
    }

    @Test("a filter that narrows keeps the selection at the nearest match")
    func narrows() {
        var console = Self.console(100)
        console.press("< j j j j j j j j j j j j /")
        console.type("ok:false")
        #expect(console.state.eventsView.selectedRow == 12)
        #expect(console.state.eventsView.list.selected == 1)
        console.press("esc")
        #expect(console.state.eventsView.list.selected == 12)
    }

    @Test("levels hide book-keeping, then everything that went well")
    func levels() {
        var console = Self.console(100)
        console.press("i")
        #expect(console.state.eventsView.count == 11)
        console.press("i")
        #expect(console.state.eventsView.count == 6)
        console.press("i")
        #expect(console.state.eventsView.count == 100)
    }

    @Test("the moment of a live transition opens its run as it was then")
    func moment() {
        var console = Self.console(100)
        console.press("k t")
        #expect(console.state.view == .run(RunID("aaaaaa000000000")))
        #expect(console.state.walked?.seq == 99)
    }

    @Test("one new event touches its own row and those that it moves, and one key two rows")
    func touches() {
        var console = Self.console(100)
        console.press("k")
        let before = console.canvas()
        console.press("k")
        let moved = console.canvas().damage(from: before)
        #expect(Set(moved.map(\.row)).count <= 3)
        let still = console.canvas()
        console.feed(.source(.transitions(Self.transitions(101...101))))
        let rows = Set(console.canvas().damage(from: still).map(\.row))
        // Only what says how many there are: head, footer, the thumb of the bar.
        #expect(rows.count <= 4)
    }

    // MARK: Recordings

    private static func recorded(_ count: Int) throws -> RecordingReader {
        var writer = RecordingWriter(header: RecordingHeader(at: start), keyframeBytesMin: 4_096)
        for transition in transitions(1...count) { writer.append(transition) }
        return try RecordingReader(bytes: writer.take() + writer.finish())
    }

    /// A console over a recording, with what was asked of it.
    private static func replay(_ recording: RecordingReader) -> (stage: Stage, asked: () -> [SourceRequest]) {
        var player = RecordingPlayer(recording)
        let log = RequestLog()
        let request = ScreenFrame.Request(size: Size(columns: 100, rows: 30))
        var stage = Stage(request, now: recording.index.lastAt) { request in
            log.requests.append(request)
            return player.answer(request)
        }
        for news in player.open(at: recording.index.transitions) { stage.feed(.source(news)) }
        return (stage, { log.requests })
    }

    private final class RequestLog {
        var requests: [SourceRequest] = []
    }

    private static func rows(_ requests: [SourceRequest]) -> [Int] {
        requests.flatMap { request -> [Int] in if case .rows(let rows) = request { rows } else { [] } }
    }

    @Test("of a recording only the rows in sight are decoded, and a scroll decodes only new ones")
    func decodesWhatIsSeen() throws {
        var (stage, asked) = Self.replay(try Self.recorded(3_000))
        #expect(Self.rows(asked()).isEmpty)
        stage.feed(.terminal(.key(Key("5"))))
        let visible = stage.state.eventsLayout.visible
        #expect(Set(Self.rows(asked())) == Set(3_000 - visible..<3_000))
        stage.feed(.terminal(.key(Key(.pageUp))))
        stage.feed(.terminal(.key(Key("k"))))
        let seen = Self.rows(asked())
        #expect(seen.count == Set(seen).count)
        #expect(seen.count <= 2 * visible + 2)
        #expect(
            stage.state.event(stage.state.eventsView.selectedRow ?? 0, in: .recording(count: 3_000)) != nil
        )
    }

    @Test("a filter is looked for by the source; another one ends it")
    func searches() throws {
        var (stage, asked) = Self.replay(try Self.recorded(3_000))
        stage.feed(.terminal(.key(Key("5"))))
        stage.feed(.terminal(.key(Key("/"))))
        for character in "ok:false" { stage.feed(.terminal(.key(Key(character)))) }
        stage.feed(.terminal(.key(Key(.enter))))
        #expect(stage.state.eventsView.count == 150)
        let searches = asked().compactMap { request -> Int? in
            if case .search(let number, _, _) = request { number } else { nil }
        }
        let stops = asked().compactMap { if case .stopSearch(let number) = $0 { number } else { nil } }
        #expect(searches == Array(1...searches.count))
        #expect(stops == searches.dropLast())
        #expect(stage.state.nextTick != .milliseconds(1))
    }

    @Test("the time cursor goes to the selected transition, and following goes with the cursor")
    func cursor() throws {
        var (stage, _) = Self.replay(try Self.recorded(300))
        for key in ["5", "k", "k", "t"] { stage.feed(.terminal(.key(Key(Character(key))))) }
        #expect(stage.state.replay?.place.transition == 298)
        stage.feed(.terminal(.key(Key("f"))))
        #expect(stage.state.eventsView.selectedRow == 297)
        stage.feed(.terminal(.key(Key(","))))
        #expect(stage.state.eventsView.selectedRow == 296)
    }

    @Test("what a search that nobody waits for tells is passed over")
    func late() {
        var console = Self.console(10)
        var progress = SearchProgress()
        progress.matches.insert(3)
        console.feed(.source(.found(99, progress)))
        #expect(console.state.eventsView.search == nil)
        #expect(console.state.eventsView.count == 10)
    }

    @Test("a source searches beside what it reads, and stops when told")
    func source() async throws {
        let source = ReplaySource(try Self.recorded(3_000))
        source.send(.search(1, try Filter("ok:false", fields: TransitionSubject.fields), from: 0))
        source.send(.rows([5, 7]))
        var matches: Int?
        var read: [Int] = []
        for await news in source.news {
            if case .found(1, let progress) = news, progress.isDone { matches = progress.matches.count }
            if case .rows(let rows) = news { read = rows.map(\.row) }
            if matches != nil, !read.isEmpty { break }
        }
        #expect(matches == 150)
        #expect(read == [5, 7])
        source.close()
    }
}
