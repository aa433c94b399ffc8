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
              soma console --linear
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

    @Flag(help: "Print what happens in sentences, for terminals without screens, readers and logs.")
    var linear = false

    func run() async throws {
        guard !linear else { return try await LinearConsole.run(global, keeps: keep) }
        let themes = try ThemeFiles.load(first: theme, global: global)
        // A daemon that runs already is asked while the terminal is made ready.
        let found = try await Daemon.attach(global)
        let early = found.isListening ? LiveSource(found.client, timing: .system) : nil
        // Before anything is started: a console that can't be shown starts no daemon.
        let screen: NcursesScreen
        do {
            screen = try NcursesScreen(environment: ConsoleCommand.environment(global))
        } catch {
            early?.close()
            guard error.kind == .unsupportedTerminal else { throw CommandFailure(.usage, "\(error)") }
            Out.note("soma: \(error) Until then, what happens is told in lines; Ctrl-C ends that.")
            return try await LinearConsole.run(global, keeps: keep)
        }
        let ending: Ending
        do {
            let daemon =
                early == nil || keep
                ? try await Daemon.attach(global, spawning: true, keeps: keep) : found
            var options = ConsoleProgram.Options(place: "local", themes: themes, clock: LocalClock.face)
            options.isReadOnly = readOnly
            ending = await ConsoleProgram.run(
                screen: screen,
                source: early ?? LiveSource(daemon.client, timing: .system),
                options: options,
                timing: .system
            )
        } catch {
            screen.close()
            early?.close()
            throw error
        }
        try ConsoleCommand.end(ending)
    }

    /// Plays a recording.
    /// - Parameters:
    ///   - speed: How fast it plays.
    ///   - plays: Whether it plays from the start.
    ///   - keys: Where keys come from.
    static func replay(
        _ recording: RecordingReader,
        from: Timestamp?,
        speed: Double,
        plays: Bool,
        keys: Int32,
        global: GlobalOptions,
        name: String
    ) async throws {
        let themes = try ThemeFiles.load(first: nil, global: global)
        let screen = try NcursesScreen(environment: environment(global), input: keys, output: STDOUT_FILENO)
        var options = ConsoleProgram.Options(place: name, themes: themes, clock: LocalClock.face)
        options.speed = speed
        options.plays = plays
        let start = from.map { recording.cursor(at: .time($0)).transitions } ?? 0
        let ending = await ConsoleProgram.run(
            screen: screen,
            source: ReplaySource(recording, at: start),
            options: options,
            timing: .system
        )
        try end(ending)
    }

    /// A console that a signal ended says so, as any program that the signal ends.
    private static func end(_ ending: Ending) throws {
        if case .signal(let number) = ending { throw ExitCode(128 + number) }
    }

    private static func environment(_ global: GlobalOptions) -> [String: String] {
        var environment = Environment.all
        if global.noColor { environment["NO_COLOR"] = "1" }
        return environment
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
