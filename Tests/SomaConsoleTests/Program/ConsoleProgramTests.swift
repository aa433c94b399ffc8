import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Console program")
struct ConsoleProgramTests {
    private func run(
        _ options: ConsoleProgram.Options = .init(),
        ending: Ending = .inputClosed,
        _ body: (RecordingScreen, FakeSource, ManualTime) async throws -> Void
    ) async rethrows {
        let screen = RecordingScreen()
        let source = FakeSource()
        let time = ManualTime()
        let program = Task {
            await ConsoleProgram.run(screen: screen, source: source, options: options, timing: time.timing)
        }
        try await body(screen, source, time)
        screen.send(.inputClosed)
        #expect(await program.value == ending)
        time.wakeAll()
        #expect(screen.isClosed)
        #expect(source.isClosed)
    }

    @Test("a fleet that arrives soon is the first frame")
    func firstFrame() async {
        await run { screen, source, _ in
            source.tell(.connection(.live(lag: nil)))
            source.tell(.snapshot(Fleet(runs: [Stories.done().state])))
            #expect(await eventually { screen.last != nil })
            #expect(screen.frames.allSatisfy { $0.text.contains("4410fe") })
        }
    }

    @Test("where no news comes, a frame says what is waited for, and shows the fleet when it is there")
    func firstFrames() async {
        await run { screen, source, time in
            #expect(await eventually { !time.lengths.isEmpty })
            #expect(screen.last == nil)
            time.advance(by: FramePace.firstMax)
            #expect(await eventually { screen.last?.text.contains("Loading the fleet.") == true })
            source.tell(.connection(.live(lag: nil)))
            source.tell(.snapshot(Fleet(runs: [Stories.done().state])))
            #expect(
                await eventually { source.requests.contains { if case .words = $0 { true } else { false } } }
            )
            screen.type("j")
            #expect(await eventually { screen.last?.text.contains("4410fe") == true })
        }
    }

    @Test("q ends it", arguments: ["q"])
    func quits(key: String) async {
        await run(ending: .quit) { screen, _, _ in screen.type(key) }
    }

    @Test("a signal ends it, and so does ctrl+c")
    func signals() async {
        await run(ending: .signal(15)) { screen, _, _ in screen.send(.endRequested(signal: 15)) }
        await run(ending: .quit) { screen, _, _ in screen.send(.key(Key("c", .control))) }
    }

    @Test("ctrl+z gives the terminal back")
    func suspends() async {
        await run { screen, _, _ in
            screen.send(.key(Key("z", .control)))
            #expect(await eventually { screen.suspensions == 1 })
        }
    }

    @Test("nothing is drawn where nothing visible changed, and no timer runs")
    func idle() async {
        await run { screen, source, time in
            source.tell(.connection(.live(lag: nil)))
            source.tell(.snapshot(Fleet(runs: [Stories.failed().state])))
            screen.send(.focus(true))
            // Keys and news come in any order: what came last may have to wait for its frame.
            #expect(
                await eventually {
                    time.advance(by: FramePace.interval)
                    return screen.last?.text.contains("0a77c2") == true
                }
            )
            let frames = screen.frames.count
            screen.send(.focus(false))
            screen.send(.focus(true))
            screen.send(.key(Key("f12") ?? Key("~")))
            screen.send(.resize(Size(columns: 60, rows: 20)))
            #expect(await eventually { screen.last?.size.columns == 60 })
            #expect(screen.frames.count == frames + 1)
            #expect(time.lengths.allSatisfy { $0 <= FramePace.firstMax })
        }
    }

    @Test("news that floods in is drawn at most once in an interval, keys at once")
    func pacing() async {
        await run { screen, source, time in
            source.tell(.connection(.live(lag: nil)))
            source.tell(.snapshot(Fleet()))
            #expect(
                await eventually {
                    time.advance(by: FramePace.interval)
                    return screen.last?.text.contains("No runs yet.") == true
                }
            )
            time.advance(by: FramePace.opening)
            // A key is answered with a frame at once: the interval begins now.
            screen.type("?")
            #expect(await eventually { screen.last?.text.contains("any other key closes") == true })
            screen.type("x")
            #expect(await eventually { screen.last?.text.contains("No runs yet.") == true })
            let frames = screen.frames.count
            for transition in Stories.research()[0].transitions { source.tell(.transitions([transition])) }
            #expect(await eventually { time.lengths.contains { $0 <= FramePace.interval } })
            #expect(screen.frames.count == frames)
            time.advance(by: FramePace.interval)
            #expect(await eventually { screen.last?.text.contains("c9d1e0") == true })
            screen.type("?")
            #expect(await eventually { screen.last?.text.contains("any other key closes") == true })
        }
    }

    @Test("ages tick once a minute while runs only wait")
    func ages() async {
        await run { screen, source, time in
            source.tell(.connection(.live(lag: nil)))
            source.tell(.snapshot(Fleet(runs: [Stories.needsApproval().state])))
            screen.send(.focus(true))
            #expect(await eventually { screen.last?.text.contains("2m") == true })
            #expect(await eventually { time.lengths.contains(.seconds(60)) })
            #expect(!time.lengths.contains(.seconds(1)))
            time.advance(by: .seconds(60))
            #expect(await eventually { screen.last?.text.contains("3m") == true })
        }
    }

    @Test("a theme is chosen by its name")
    func theme() async {
        await run { screen, source, _ in
            source.tell(.snapshot(Fleet(runs: [Stories.failed().state])))
            screen.type(":theme mono")
            screen.send(.key(Key(.enter)))
            #expect(
                await eventually {
                    screen.last?.golden.split(separator: "\n").contains {
                        $0.contains("#") && $0.contains("row")
                    } == false
                }
            )
        }
    }

    @Test(
        "what is copied is told, and where the terminal has no clipboard that is told",
        arguments: [true, false]
    )
    func copies(hasClipboard: Bool) async throws {
        let source = ReplaySource(try RecordingReader(bytes: [Stories.done()].recording(at: start)), at: 0)
        let screen = RecordingScreen(hasClipboard: hasClipboard)
        let time = ManualTime()
        let program = Task {
            await ConsoleProgram.run(screen: screen, source: source, options: .init(), timing: time.timing)
        }
        #expect(await screen.shows("event 0 of", time))
        screen.send(.key(Key(.end)))
        #expect(await screen.shows("4410fe", time))
        screen.type("g")
        #expect(await screen.shows("4410fe plan", time))
        // Before the graph is here there is nothing to copy.
        #expect(await screen.shows("ToolSelect", time))
        screen.type("y")
        #expect(
            await screen.shows(
                hasClipboard ? "Copied the plan with OSC 52." : "Not copied: no clipboard here.",
                time
            )
        )
        #expect(screen.copied.count == (hasClipboard ? 1 : 0))
        screen.type("q")
        #expect(await program.value == .quit)
        time.wakeAll()
    }

    @Test("a recording is played as a source")
    func replay() async throws {
        let bytes = [Stories.done()].recording(at: start)
        let source = ReplaySource(try RecordingReader(bytes: bytes), at: 0)
        let screen = RecordingScreen()
        let time = ManualTime()
        let program = Task {
            await ConsoleProgram.run(screen: screen, source: source, options: .init(), timing: time.timing)
        }
        #expect(await screen.shows("event 0 of", time))
        screen.send(.key(Key(.end)))
        #expect(await screen.shows("4410fe", time))
        screen.type("q")
        #expect(await program.value == .quit)
        time.wakeAll()
        #expect(screen.isClosed)
    }

    @Test("a recording that is to play plays by itself, at the speed that was asked for")
    func plays() async throws {
        let reader = try RecordingReader(bytes: [Stories.done()].recording(at: start))
        let screen = RecordingScreen()
        let time = ManualTime()
        let program = Task {
            await ConsoleProgram.run(
                screen: screen,
                source: ReplaySource(reader, at: 0),
                options: .init(speed: 250, plays: true),
                timing: time.timing
            )
        }
        #expect(await screen.shows("▶ 250×", time))
        #expect(await screen.shows("event \(reader.index.transitions) of", time))
        #expect(await screen.shows("‖ 250×", time))
        screen.type("q")
        #expect(await program.value == .quit)
        time.wakeAll()
    }
}
