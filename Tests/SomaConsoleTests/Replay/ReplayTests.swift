import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Replay")
struct ReplayTests {
    private let reader: RecordingReader

    init() throws { reader = try RecordingReader(bytes: Stories.mix.recording(at: start)) }

    private func frame(_ size: Size, view: String = "fleet", at transition: Int? = nil, keys: String = "")
        throws -> Canvas
    {
        try ScreenFrame.canvas(
            .init(view: view, size: size, transition: transition, keys: keys, place: "night.soma.ndjson"),
            of: reader
        )
    }

    @Test("a recording has a strip with its density, errors and the cursor", arguments: sizes)
    func fleet(size: Size) throws {
        try expectGolden(try frame(size, at: 60), "Replay/fleet-\(size)")
    }

    @Test("an ended run of a recording shows its way", arguments: sizes)
    func plan(size: Size) throws {
        try expectGolden(try frame(size, view: "plan:4410fe"), "Replay/plan-\(size)")
    }

    @Test("a timeline ends where the cursor is", arguments: sizes)
    func timeline(size: Size) throws {
        let canvas = try frame(size, view: "run:0a77c2", at: 12)
        try expectGolden(canvas, "Replay/run-\(size)")
    }

    @Test("before everything there is nothing", arguments: sizes)
    func begin(size: Size) throws {
        try expectGolden(try frame(size, at: 0), "Replay/start-\(size)")
    }

    @Test("hostile and wide words of a recording stay words, an empty one says so", arguments: sizes)
    func others(size: Size) throws {
        func frame(_ stories: [RunBuilder], _ place: String, keys: String = "") throws -> Canvas {
            try ScreenFrame.canvas(
                .init(view: "fleet", size: size, keys: keys, place: place),
                of: RecordingReader(bytes: stories.recording(at: start))
            )
        }
        let hostile = try frame(Stories.hostile, "\u{1B}[31mnight\u{202E}.ndjson")
        try expectGolden(hostile, "Replay/hostile-\(size)")
        #expect(
            hostile.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E || $0 == "\n" }
        )
        try expectGolden(try frame([Stories.wide], "夜🌙.ndjson", keys: "enter"), "Replay/wide-\(size)")
        try expectGolden(try frame([], "empty.ndjson"), "Replay/empty-\(size)")
    }

    @Test("a recording that is opened says so until it is there, and a broken one why", arguments: sizes)
    func opening(size: Size) throws {
        var console = TestConsole([], size: size, connection: .recording)
        try expectGolden(console.canvas(), "Replay/loading-\(size)")
        console.feed(.source(.connection(.failed("night.soma.ndjson ends in the middle of line 412."))))
        try expectGolden(console.canvas(), "Replay/broken-\(size)")
    }

    @Test("every place shows what folding the log up to it gives")
    func truth() throws {
        var player = RecordingPlayer(reader)
        var console = TestConsole([], connection: .recording)
        for news in player.open(at: 0) { console.feed(.source(news)) }
        var random = SeededGenerator(7)
        let all = Stories.mix.merged
        for _ in 0..<60 {
            let place = Int.random(in: 0...all.count, using: &random)
            for news in player.answer(.replay(.transition(place))) { console.feed(.source(news)) }
            var fleet = Fleet()
            for transition in all.prefix(place) { fleet.apply(transition) }
            #expect(console.state.replay?.place.transition == place)
            #expect(console.state.fleet.runs.map(\.seq) == fleet.runs.map(\.seq))
            #expect(console.state.fleet.runs.map(\.status) == fleet.runs.map(\.status))
            #expect(console.state.index.needing == fleet.needingPerson.count)
        }
    }

    @Test(
        "keys move the cursor",
        arguments: [
            ("home", 0), ("home .", 1), ("home . . ,", 1), ("end", 131), ("home ,", 0), ("end .", 131),
        ]
    )
    func keys(keys: String, place: Int) throws {
        let total = reader.index.transitions
        let expected = place == 131 ? total : place
        let text = try frame(Size(columns: 120, rows: 30), at: 50, keys: keys).text
        #expect(text.contains("event \(expected) of \(total)"))
    }

    @Test("brackets find errors and braces decisions")
    func marks() throws {
        let errors = reader.index.marks.filter { $0.kind == .error }.map(\.transition)
        let decisions = Stories.mix.merged.enumerated().filter { TimeMark($1) == .person }.map {
            $0.offset + 1
        }
        func place(_ keys: String, at: Int) throws -> String {
            try frame(Size(columns: 120, rows: 30), at: at, keys: keys).text
        }
        #expect(try place("]", at: 0).contains("event \(errors[0]) of"))
        #expect(try place("] ]", at: 0).contains("event \(errors[1]) of"))
        #expect(try place("[", at: errors[1]).contains("event \(errors[0]) of"))
        #expect(try place("}", at: 0).contains("event \(decisions[0]) of"))
        #expect(
            try place("{", at: reader.index.transitions).contains(
                "event \(decisions[decisions.count - 1]) of"
            )
        )
        #expect(try place("[", at: 0).contains("event 0 of"))
    }

    @Test("playing goes on with the wall's time, times the speed, and passes over long pauses")
    func playing() throws {
        var player = RecordingPlayer(reader)
        var state = AppState(size: .standard, now: start)
        func feed(_ message: AppMessage, _ now: Timestamp) {
            for case .send(let request) in state.update(message, now: now) {
                for news in player.answer(request) { _ = state.update(.source(news), now: now) }
            }
        }
        for news in player.open(at: 0) { feed(.source(news), start) }
        feed(.terminal(.key(Key(" "))), start)
        #expect(state.replay?.isPlaying == true)
        #expect(state.nextTick == FramePace.interval)
        let first = try #require(state.replay?.place.at)
        feed(.tick, start + .seconds(1))
        #expect(state.replay.map { $0.place.at - first } == .seconds(1))
        feed(.terminal(.key(Key("+"))), start + .seconds(1))
        #expect(state.replay?.speedName == "2×")
        var now = start + .seconds(1)
        for _ in 0..<3_000 where state.replay?.isPlaying == true {
            now = now + .milliseconds(33)
            feed(.tick, now)
        }
        #expect(state.replay?.place.transition == reader.index.transitions)
        #expect(state.replay?.isPlaying == false)
        #expect(state.nextTick == nil)
        feed(.terminal(.key(Key(" "))), now)
        #expect(state.replay?.place.transition == 0)
        feed(.terminal(.key(Key(" "))), now)
        #expect(state.replay?.isPlaying == false)
        for _ in 0..<20 { feed(.terminal(.key(Key("-"))), now) }
        #expect(state.replay?.speedName == "0.1×")
    }

    @Test("a key held down moves once at a time and ends where it was let go")
    func held() {
        var state = AppState(size: .standard, now: start)
        _ = state.update(.source(.connection(.recording)), now: start)
        _ = state.update(.source(.overview(ReplayOverview(reader.index))), now: start)
        _ = state.update(.source(.snapshot(Fleet())), now: start)
        let first = state.update(.terminal(.key(Key("."))), now: start)
        #expect(first == [.send(.replay(.transition(1)))])
        #expect(state.update(.terminal(.key(Key(.end))), now: start) == [])
        let next = state.update(.source(.replay(ReplayPlace(transition: 1, at: start))), now: start)
        #expect(next == [.send(.replay(.transition(reader.index.transitions)))])
    }

    @Test("a recording can't be steered")
    func steering() throws {
        var player = RecordingPlayer(reader)
        let command = ConsoleCommand(RunID("a"), .pause)
        guard case .receipt(command, .refused)? = player.answer(.command(command)).first else {
            Issue.record("no refusal")
            return
        }
    }

    @Test("presence and output of a recording are told, and words that were sealed")
    func extras() throws {
        let story = Stories.research()[2]
        var writer = RecordingWriter(header: RecordingHeader(at: start))
        for transition in story.transitions { writer.append(transition) }
        writer.append(RecordedContent(id: RunBuilder.name("sealed"), text: "", state: .sealed))
        writer.append(RecordedContent(id: RunBuilder.name("erased"), text: "", state: .erased))
        writer.append(RecordedPresence(run: story.id, holder: "h", at: start))
        writer.append(RecordedDelta(run: story.id, effect: 9, stream: "stdout", at: start, text: "out"))
        writer.append(story.transitions[0])
        let body = writer.take()
        let bytes = body + writer.finish()
        var player = RecordingPlayer(try RecordingReader(bytes: bytes))
        var state = AppState(size: .standard, now: start)
        for news in player.open(at: story.transitions.count + 1) {
            _ = state.update(.source(news), now: start)
        }
        #expect(state.presence[story.id] == Presence(holder: "h", at: start))
        #expect(state.output[story.id, 9] == "out")
        let ids = ["sealed", "erased", "unknown"].map { RunBuilder.name($0) }
        for news in player.answer(.words(ids)) { _ = state.update(.source(news), now: start) }
        #expect(ids.map { state.words[$0] } == [.sealed, .erased, .missing])
    }
}
