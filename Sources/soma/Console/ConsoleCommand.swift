import ArgumentParser
import Glibc
import SomaClient
import SomaConsole
import SomaCore
import SomaEngine
import SomaHTTP
import SomaKafka
import SomaSettings
import SomaTerminal

/// `soma` by itself: the console.
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Open the console; what soma does without a command.",
        discussion: """
            Attaches to the daemon of the data folder, or starts one that stays while
            runs are unfinished or clients attached. Over SSH: ssh -t HOST soma.

            Keys, plugins, contexts and more are set in console.yaml.

            Examples:
              soma
              soma --view approvals --read-only
              soma --context prod --filter "role:coder !state:done"
              soma console --linear
            """,
        shouldDisplay: false
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @OptionGroup(title: "Console options") var look: ConsoleOptions

    @Option(help: ArgumentHelp("A daemon by its name in console.yaml.", valueName: "name"))
    var context: String?

    @Option(
        help: ArgumentHelp("Metrics to look at, in place of the daemon's.", valueName: "url")
    )
    var metrics: String?

    @Option(
        help: ArgumentHelp("A Prometheus to ask, in place of prometheus.url.", valueName: "url")
    )
    var prometheus: String?

    @Option(
        help: ArgumentHelp("Kafka brokers to look at, in place of kafka.brokers.", valueName: "host:port,…")
    )
    var kafka: String?

    @Option(help: ArgumentHelp("A Jaeger to look at, in place of jaeger.url.", valueName: "url"))
    var jaeger: String?

    @Flag(help: "Refuse everything that changes a run.")
    var readOnly = false

    @Flag(help: "Leave the daemon at work when the console ends.")
    var keep = false

    @Flag(help: "Print what happens in sentences, for terminals without screens, readers and logs.")
    var linear = false

    /// `soma` without a word: what parsing nothing gives.
    static var plain: ConsoleCommand {
        var command = ConsoleCommand()
        command.global = .plain
        command.look = .plain
        command.context = nil
        command.metrics = nil
        command.prometheus = nil
        command.kafka = nil
        command.jaeger = nil
        command.readOnly = false
        command.keep = false
        command.linear = false
        return command
    }

    func run() async throws {
        try Self.checkMetrics(endpoint: metrics, server: prometheus)
        DaemonClient.prepare()
        let setup = try ConsoleSetup(look, global: global)
        let context = try setup.context(named: context)
        let global = global.reaching(context)
        guard !linear else { return try await LinearConsole.run(global, keeps: keep, isReadOnly: readOnly) }
        // A daemon that runs already is asked while the terminal is made ready.
        async let asked = Self.askedDaemon(global)
        // Before anything is started: a console that can't be shown starts no daemon.
        let screen: NcursesScreen
        do {
            screen = try setup.screen(input: STDIN_FILENO)
        } catch {
            (try? await asked)?.source?.close()
            guard error.kind == .unsupportedTerminal else { throw CommandFailure(.usage, "\(error)") }
            Out.note("soma: \(error) Until then, what happens is told in lines; Ctrl-C ends that.")
            return try await LinearConsole.run(global, keeps: keep, isReadOnly: readOnly)
        }
        let ending: Ending
        var early: LiveSource?
        do {
            let found: Daemon
            (found, early) = try await asked
            let daemon =
                early == nil || keep
                ? try await Daemon.attach(global, spawning: true, keeps: keep) : found
            var options = setup.options(place: context.label)
            options.isReadOnly = readOnly
            options.context = context
            options.daemon = "\(daemon.client.address)"
            let desks = setup.desks()
            options.desk = desks?.desk(of: context.name)
            options.history = desks?.history ?? []
            options.notice = setup.notice
            options.host = setup.surroundings(desks: desks, terminal: STDIN_FILENO) { [self] context in
                try await attachment(of: context)
            }
            options.metrics = try Self.metrics(
                endpoint: metrics,
                server: prometheus,
                daemon: daemon.client.address,
                global
            )
            options.kafka = try Self.topics(kafka, global)
            options.traces = try traces(global)
            options.workspace = WorkingFolder.absolute(".")
            options.editor = EditorProcess(environment: Environment.all, terminal: STDIN_FILENO)
            options.runCommand = { BackgroundCommand.run($0, $1, Environment.all, ended: $2) }
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

    /// The Kafka that is named, if any; what is wrong with its settings is told before the screen changes.
    /// - Parameter brokers: Those of the option, in place of the settings'.
    private static func topics(_ brokers: String?, _ global: GlobalOptions) throws -> KafkaBrowser? {
        let named = brokers.map { SettingsLoader.Flag(key: "kafka.brokers", name: "--kafka", values: [$0]) }
        let settings = try global.settings(named.map { [$0] } ?? [])
        do throws(BusError) {
            guard var options = try KafkaOptions(settings) else { return nil }
            options.firstAnswerLimit = KafkaOptions.patience
            return KafkaBrowser(options)
        } catch {
            throw CommandFailure(bus: error)
        }
    }

    /// The Jaeger that is named, if any, and a way for traces into files in any case.
    private func traces(_ global: GlobalOptions) throws -> TraceBrowser {
        let named = jaeger.map { SettingsLoader.Flag(key: "jaeger.url", name: "--jaeger", values: [$0]) }
        let settings = try global.settings(named.map { [$0] } ?? [])
        do throws(HTTPError) {
            return try TraceBrowser(settings.jaegerAddress, home: Environment.all["HOME"])
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    /// The daemon of the folder or address, asked for its runs where it listens.
    private static func askedDaemon(_ global: GlobalOptions) async throws
        -> (daemon: Daemon, source: LiveSource?)
    {
        let daemon = try await Daemon.attach(global)
        return (daemon, daemon.isListening ? LiveSource(daemon.client, timing: .system) : nil)
    }

    /// Reaches the daemon of another context.
    private func attachment(of context: ConsoleContext) async throws -> ReachedDaemon {
        let daemon = try await Daemon.attach(global.reaching(context), spawning: true, keeps: keep)
        return ReachedDaemon(
            source: LiveSource(daemon.client, timing: .system),
            address: "\(daemon.client.address)"
        )
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
        look: ConsoleOptions,
        global: GlobalOptions,
        name: String
    ) async throws {
        let setup = try ConsoleSetup(look, global: global)
        let screen = try setup.screen(input: keys)
        var options = setup.options(place: name)
        options.speed = speed
        options.plays = plays
        options.notice = setup.notice
        // What is looked at in a recording is not where somebody left their work.
        options.host = setup.surroundings(desks: nil, terminal: keys) { _ in
            throw CommandFailure(.usage, "A recording has no other contexts.")
        }
        // A Jaeger may have the recorded runs' traces as well; a setting that is wrong is no reason not to replay.
        options.traces = try? TraceBrowser(
            (try? global.settings())?.jaegerAddress,
            home: Environment.all["HOME"]
        )
        // And a Kafka their messages.
        options.kafka = try? topics(nil, global)
        // A Prometheus may have the recorded time; a setting that is wrong is no reason not to replay.
        options.metrics = try? metrics(endpoint: nil, server: nil, daemon: nil, global)
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
}

extension GlobalOptions {
    /// The options that lead to a context's daemon.
    func reaching(_ context: ConsoleContext) -> GlobalOptions {
        var options = self
        switch context.place {
        case .standard: break
        case .dataFolder(let path):
            options.dataDir = path
            options.daemon = nil
        case .address(let address):
            options.daemon = address
            options.dataDir = nil
        }
        return options
    }
}

/// The person's clock.
enum LocalClock {
    static var face: ClockFace { .local(at: Now.timestamp) }
}
