import Dispatch
import SomaClient
import SomaConsole
import SomaSettings
import SomaTerminal

/// The files, processes and daemons around the console.
final class ConsoleSurroundings: ConsoleHost {
    private let files: ConsoleFiles
    private let desks: DeskStore?
    private let plugins: PluginProcess
    private let copies: CopyKeeper
    private let reach: @Sendable (ConsoleContext) async throws -> ReachedDaemon
    private let home: String?
    private let queue = DispatchQueue(label: "soma.console.surroundings")

    /// After how long what the first screen could do without is read: when that screen is there.
    private static let restAfter = DispatchTimeInterval.milliseconds(300)

    /// - Parameters:
    ///   - files: The settings, read already.
    ///   - desks: What is remembered; `nil` remembers nothing.
    ///   - terminal: Where keys come from.
    ///   - environment: The console's own.
    ///   - reach: Finds a context's daemon, or starts it where that is its way.
    init(
        files: ConsoleFiles,
        desks: DeskStore?,
        terminal: Int32,
        environment: [String: String],
        reach: @escaping @Sendable (ConsoleContext) async throws -> ReachedDaemon
    ) {
        self.files = files
        self.desks = desks
        self.reach = reach
        home = environment["HOME"]
        plugins = PluginProcess(terminal: terminal, environment: environment)
        copies = CopyKeeper(environment: environment)
        queue.async { files.watch() }
        queue.asyncAfter(deadline: .now() + Self.restAfter) { files.readRest() }
    }

    var settings: AsyncStream<SettingsNews> { files.news }

    func reload() { queue.async { [files] in files.readAgain(asked: true) } }

    func attach(_ context: ConsoleContext) async throws -> ReachedDaemon { try await reach(context) }

    func recall(_ context: String) -> Desk? { desks?.desk(of: context) }

    func remember(_ desk: Desk, of context: String, history: [String]) {
        desks?.put(desk, of: context, history: history)
    }

    func run(
        _ call: PluginCall,
        on screen: any TerminalScreen,
        ended: @escaping @Sendable (PluginOutcome) -> Void
    ) { plugins.run(call, on: screen, ended: ended) }

    func write(
        _ text: String,
        to path: String,
        replaces: Bool,
        ended: @escaping @Sendable (String?) -> Void
    ) {
        queue.async { [home] in
            ended(ScreenFile.write(text, to: path, replaces: replaces, home: home))
        }
    }

    func keep(_ text: String, ended: @escaping @Sendable (CopyOutcome) -> Void) {
        DispatchQueue.global().async { [copies] in ended(copies.keep(text)) }
    }

    func close() {
        files.close()
        desks?.finish()
    }
}
