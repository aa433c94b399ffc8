import ArgumentParser
import Glibc
import SomaClient
import SomaConsole
import SomaCore
import SomaTerminal

/// `soma` by itself: the console.
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Open the console; what soma does without a command.",
        discussion: """
            Attaches to the daemon of the data folder, or starts one that stays while
            runs are unfinished or clients attached. Over SSH: ssh -t HOST soma.

            Examples:
              soma
              soma console --read-only
            """,
        shouldDisplay: false
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Flag(help: "Refuse everything that changes a run.")
    var readOnly = false

    @Flag(help: "Leave the daemon at work when the console ends.")
    var keep = false

    @Option(help: ArgumentHelp("A theme.", valueName: "name"))
    var theme: String?

    func run() async throws {
        let themes = try ThemeFiles.load(first: theme, global: global)
        // Before anything is started: a console that can't be shown starts no daemon.
        let screen = try ConsoleCommand.screen(global)
        do {
            let daemon = try await Daemon.attach(global, spawning: true, keeps: keep)
            var options = ConsoleProgram.Options(place: "local", themes: themes, clock: LocalClock.face)
            options.isReadOnly = readOnly
            await ConsoleProgram.run(
                screen: screen,
                source: LiveSource(daemon.client, timing: .system),
                options: options,
                timing: .system
            )
        } catch {
            screen.close()
            throw error
        }
    }

    static func replay(
        _ recording: RecordingReader,
        pace: ReplayPace,
        from: Timestamp?,
        global: GlobalOptions,
        name: String
    ) async throws {
        let themes = try ThemeFiles.load(first: nil, global: global)
        let screen = try screen(global)
        var options = ConsoleProgram.Options(place: name, themes: themes, clock: LocalClock.face)
        options.plays = true
        let start = from.map { recording.fleet(at: .time($0)).transitions } ?? 0
        await ConsoleProgram.run(
            screen: screen,
            source: ReplaySource(recording, at: start),
            options: options,
            timing: .system
        )
    }

    private static func screen(_ global: GlobalOptions) throws -> NcursesScreen {
        var environment = Environment.all
        if global.noColor { environment["NO_COLOR"] = "1" }
        do {
            return try NcursesScreen(environment: environment)
        } catch {
            throw CommandFailure(
                .usage,
                "\(error)",
                hint: "The same without a screen: soma ps, soma log RUN --follow, soma run \"GOAL\""
            )
        }
    }
}

/// The person's clock.
enum LocalClock {
    static var face: ClockFace {
        var now = time(nil)
        var local = tm()
        localtime_r(&now, &local)
        return ClockFace(offsetSeconds: local.tm_gmtoff)
    }
}
