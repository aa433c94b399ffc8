import SomaConsole
import SomaCore
import SomaTesting
import Synchronization
import Testing

@testable import SomaTerminal

/// Files, processes and daemons that a test plays.
private final class FakeHost: ConsoleHost {
    let settings: AsyncStream<SettingsNews>
    let tell: AsyncStream<SettingsNews>.Continuation
    private let state = Mutex(State())

    struct State: Sendable {
        var written: [String: String] = [:]
        var kept: [String] = []
        var remembered: [String] = []
        var reloads = 0
        var isClosed = false
    }

    private let daemons: [String: FakeSource]

    init(_ daemons: [String: FakeSource] = [:]) {
        self.daemons = daemons
        (settings, tell) = AsyncStream.makeStream()
    }

    var seen: State { state.withLock { $0 } }

    private struct Refusal: Error, CustomStringConvertible {
        let description = "Nobody answers there. Start it with soma daemon start."
    }

    func reload() { state.withLock { $0.reloads += 1 } }

    func attach(_ context: ConsoleContext) async throws -> ReachedDaemon {
        guard let source = daemons[context.name] else { throw Refusal() }
        return ReachedDaemon(source: source, address: "unix:/run/\(context.name)")
    }

    func recall(_ context: String) -> Desk? { nil }

    func remember(_ desk: Desk, of context: String, history: [String]) {
        state.withLock { $0.remembered.append(context) }
    }

    func run(
        _ call: PluginCall,
        on screen: any TerminalScreen,
        ended: @escaping @Sendable (PluginOutcome) -> Void
    ) { ended(PluginOutcome(.exited(3), lastLine: call.plugin.name)) }

    func write(
        _ text: String,
        to path: String,
        replaces: Bool,
        ended: @escaping @Sendable (String?) -> Void
    ) {
        let isThere = state.withLock { state in
            guard state.written[path] == nil || replaces else { return true }
            state.written[path] = text
            return false
        }
        ended(isThere ? NamedFile(path, home: nil).exists : nil)
    }

    func keep(_ text: String, ended: @escaping @Sendable (CopyOutcome) -> Void) {
        state.withLock { $0.kept.append(text) }
        ended(.file("~/copied.txt"))
    }

    func close() {
        state.withLock { $0.isClosed = true }
        tell.finish()
    }
}

@Suite("A console and what is around it")
struct HostProgramTests {
    private func run(
        _ host: FakeHost,
        _ source: FakeSource = FakeSource(),
        _ config: ConsoleConfig = ConsoleConfig(),
        _ body: (RecordingScreen, ManualTime) async throws -> Void
    ) async rethrows {
        let screen = RecordingScreen(hasClipboard: false)
        let time = ManualTime()
        var options = ConsoleProgram.Options(place: "local", themes: [.dark, .mono])
        options.host = host
        options.config = config
        options.context = .local
        let program = Task { [options] in
            await ConsoleProgram.run(screen: screen, source: source, options: options, timing: time.timing)
        }
        source.tell(.connection(.live(lag: nil)))
        source.tell(.snapshot(Fleet(runs: [Stories.done().state])))
        #expect(await screen.shows("4410fe", time))
        try await body(screen, time)
        screen.send(.inputClosed)
        #expect(await program.value == .inputClosed)
        time.wakeAll()
        #expect(host.seen.isClosed)
    }

    private func enter(_ line: String, _ screen: RecordingScreen) {
        screen.type(":" + line)
        screen.send(.key(Key(.enter)))
    }

    @Test("another daemon takes the place of the first, whose news is nobody's from then on")
    func attaches() async {
        let (first, second) = (FakeSource(), FakeSource())
        let host = FakeHost(["lab": second])
        var config = ConsoleConfig()
        config.contexts.append(ConsoleContext("lab"))
        await run(host, first, config) { screen, time in
            enter("ctx lab", screen)
            #expect(await eventually { first.isClosed })
            second.tell(.connection(.live(lag: nil)))
            second.tell(.snapshot(Fleet(runs: [Stories.failed().state])))
            first.tell(.snapshot(Fleet(runs: [Stories.done().state])))
            #expect(await screen.shows("0a77c2", time))
            #expect(screen.last?.text.contains("4410fe") == false)
            #expect(screen.last?.text.contains("soma  lab") == true)
            #expect(host.seen.remembered.first == "local")
        }
        #expect(second.isClosed)
        #expect(host.seen.remembered.last == "lab")
    }

    @Test("a daemon that can't be reached is said with the reason, and the console goes on")
    func refused() async {
        var config = ConsoleConfig()
        config.contexts.append(ConsoleContext("lab"))
        await run(FakeHost(), FakeSource(), config) { screen, time in
            enter("ctx lab", screen)
            #expect(await screen.shows("Nobody answers there.", time))
            enter("ctx nowhere", screen)
            #expect(await screen.shows("nowhere", time))
            screen.type("?")
            #expect(await screen.shows("any other key closes", time))
        }
    }

    @Test("the screen is written into a file as it is seen, and what is copied goes where there is a place")
    func files() async {
        let (host, source) = (FakeHost(), FakeSource())
        await run(host, source) { screen, time in
            enter("write screen.txt", screen)
            #expect(await screen.shows("The screen is in screen.txt.", time))
            #expect(host.seen.written["screen.txt"]?.contains("4410fe") == true)
            enter("write screen.txt", screen)
            #expect(await screen.shows("screen.txt exists; write! replaces it.", time))
            screen.send(.key(Key(.enter)))
            source.tell(.journal(Stories.done().id, Stories.done().transitions))
            #expect(await screen.shows("survey_files", time))
            screen.type("y")
            #expect(await screen.shows("went to ~/copied.txt.", time))
            #expect(host.seen.kept.count == 1)
        }
    }

    @Test("settings and themes that were read again count at once; the theme in use is the new one")
    func settings() async throws {
        let host = FakeHost()
        let theme = Theme(
            name: Theme.dark.name,
            summary: "",
            foreground: Theme.dark.foreground,
            background: Theme.dark.background,
            paintsBackground: false,
            roles: [.text: .plain, .title: Style(foreground: .indexed(5))]
        )
        try await run(host) { screen, time in
            enter("reload", screen)
            #expect(await eventually { host.seen.reloads == 1 })
            host.tell.yield(SettingsNews(themes: [theme, .mono], wasAsked: true))
            #expect(await screen.shows("The themes were read.", time))
            let golden = try #require(screen.last?.golden)
            #expect(golden.contains(": magenta"))
            host.tell.yield(SettingsNews(problems: ["console.yaml:1:1: no"]))
            #expect(await screen.shows("what was set before stays", time))
        }
    }
}
