import SomaCore
import SomaTerminal
import SomaTesting
import Synchronization
import Testing

@testable import SomaConsole

/// A recording of which pages are only given when the test says so.
private final class HeldPages: ConsoleSource {
    let news: AsyncStream<SourceNews>
    private let continuation: AsyncStream<SourceNews>.Continuation
    private let state: Mutex<(player: RecordingPlayer, held: [SourceRequest], isOpen: Bool)>

    init(_ reader: RecordingReader) {
        (news, continuation) = AsyncStream.makeStream()
        var player = RecordingPlayer(reader)
        for item in player.open(at: reader.index.transitions) { continuation.yield(item) }
        state = Mutex((player, [], false))
    }

    /// How many pages are waited for.
    var waiting: Int { state.withLock { $0.held.count } }

    /// Gives a page.
    func giveOne() {
        state.withLock { state in
            guard !state.held.isEmpty else { return }
            for item in state.player.answer(state.held.removeFirst()) { continuation.yield(item) }
        }
    }

    func send(_ request: SourceRequest) {
        state.withLock { state in
            if case .page = request { return state.held.append(request) }
            for item in state.player.answer(request) { continuation.yield(item) }
        }
    }

    func close() { continuation.finish() }
}

@Suite("Transitions written by a whole console")
struct ExportProgramTests {
    private func run(
        _ source: some ConsoleSource,
        _ body: (RecordingScreen, ManualTime) async throws -> Void
    ) async rethrows {
        let screen = RecordingScreen(size: Size(columns: 120, rows: 30))
        let time = ManualTime()
        let program = Task {
            await ConsoleProgram.run(screen: screen, source: source, options: .init(), timing: time.timing)
        }
        try await body(screen, time)
        screen.send(.inputClosed)
        #expect(await program.value == .inputClosed)
        time.wakeAll()
    }

    private func write(_ command: String, _ screen: RecordingScreen) {
        screen.type(":" + command)
        screen.send(.key(Key(.enter)))
    }

    private func live(_ count: Int) -> FakeSource {
        let source = FakeSource()
        source.tell(.connection(.live(lag: nil)))
        source.tell(.snapshot(Fleet()))
        source.tell(.transitions(ExportTests.transitions(count)))
        return source
    }

    @Test("live: the file has what was in sight when it began, and what comes later isn't lost on the screen")
    func live() async throws {
        let folder = try TestFolder()
        let source = live(5_000)
        try await run(source) { screen, time in
            screen.type("5")
            #expect(await screen.shows("aaaaaa", time))
            write("write \(folder.path)/out", screen)
            #expect(await screen.shows("5,000 transitions are in \(folder.path)/out.", time))
            #expect(folder.names == ["out"])
            let written = try ExportTests.read(folder.lines("out"))
            #expect(written == ExportTests.transitions(5_000))
            write("write \(folder.path)/out", screen)
            #expect(await screen.shows("out exists; write! replaces it.", time))
            source.tell(.transitions(Array(ExportTests.transitions(5_003).suffix(3))))
            // While nothing is pressed, what comes is gathered until the next frame.
            #expect(await screen.shows("5,003 since", time))
            write("write! \(folder.path)/out", screen)
            #expect(await screen.shows("5,003 transitions are in", time))
            #expect(folder.lines("out").count == 5_003)
        }
    }

    @Test("over a recording it says how far it is while keys go on, and writes each page")
    func recording() async throws {
        let folder = try TestFolder()
        let count = EventExport.pageRows * 2 + 100
        let source = HeldPages(try ExportTests.recording(count))
        try await run(source) { screen, time in
            screen.type("5")
            #expect(await screen.shows("aaaaaa", time))
            write("write \(folder.path)/out", screen)
            #expect(await eventually { source.waiting == 1 })
            #expect(await screen.shows("writing 0 of 8,292 to \(folder.path)/out", time))
            source.giveOne()
            #expect(await screen.shows("writing 4,096 of 8,292", time))
            screen.type("?")
            #expect(await screen.shows("any other key closes", time))
            screen.type("x")
            #expect(await screen.shows("writing 4,096 of 8,292", time))
            // Until it is whole it has no name.
            #expect(!folder.names.contains("out") && folder.names.count == 1)
            for _ in 0..<2 {
                #expect(await eventually { source.waiting == 1 })
                source.giveOne()
            }
            #expect(await screen.shows("8,292 transitions are in \(folder.path)/out.", time))
            let written = try ExportTests.read(folder.lines("out"))
            #expect(written == ExportTests.transitions(count))
        }
    }

    @Test(
        "esc stops it, and so does the end of the console; nothing is left behind",
        arguments: [true, false]
    )
    func stops(byKey: Bool) async throws {
        let folder = try TestFolder()
        let source = HeldPages(try ExportTests.recording(EventExport.pageRows * 3))
        await run(source) { screen, time in
            screen.type("5")
            #expect(await screen.shows("aaaaaa", time))
            write("write \(folder.path)/out", screen)
            #expect(await eventually { source.waiting == 1 })
            source.giveOne()
            #expect(await screen.shows("writing 4,096 of 12,288", time))
            guard byKey else { return }
            screen.send(.key(Key(.escape)))
            #expect(await screen.shows("Stopped: \(folder.path)/out was not written.", time))
            #expect(await eventually { folder.names.isEmpty })
            // A page that still comes is nobody's.
            source.giveOne()
            screen.type("?")
            #expect(await screen.shows("any other key closes", time))
        }
        #expect(await eventually { folder.names.isEmpty })
    }

    @Test(
        "where it can't be written that is told, and the console goes on",
        arguments: [
            ("/no/where", "/no/where not written: no such file or directory."),
            ("/dev/full", "/dev/full is no file."), ("/proc/x", "/proc/x not written: "),
        ]
    )
    func refused(path: String, reason: String) async {
        await run(live(30)) { screen, time in
            screen.type("5")
            #expect(await screen.shows("aaaaaa", time))
            write("write \(path)", screen)
            #expect(await screen.shows(reason, time))
            screen.type("?")
            #expect(await screen.shows("any other key closes", time))
        }
    }
}
