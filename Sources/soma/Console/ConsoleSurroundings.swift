import Dispatch
import Glibc
import SomaClient
import SomaConsole
import SomaSettings
import SomaTerminal

/// The files, processes and daemons around the console.
final class ConsoleSurroundings: ConsoleHost {
    private let files: ConsoleFiles
    private let desks: DeskStore?
    private let plugins: PluginProcess
    private let reach: @Sendable (ConsoleContext) async throws -> ReachedDaemon
    private let queue = DispatchQueue(label: "soma.console.surroundings")

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
        plugins = PluginProcess(terminal: terminal, environment: environment)
        queue.async { files.watch() }
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
        queue.async { ended(Self.write(text, to: path, replaces: replaces)) }
    }

    func close() {
        files.close()
        desks?.finish()
    }

    private static func write(_ text: String, to path: String, replaces: Bool) -> String? {
        var target = path
        if path == "~" || path.hasPrefix("~/"), let home = Environment.all["HOME"] {
            target = home + path.dropFirst()
        }
        let how = replaces ? O_TRUNC : O_EXCL
        let descriptor = open(target, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | how, 0o666)
        let name = SafeText.line(path)
        guard descriptor >= 0 else {
            if errno == EEXIST { return "\(name) exists; write! replaces it." }
            return "\(name) not written: \(String(cString: strerror(errno)).lowercased())."
        }
        let bytes = Array((text + "\n").utf8)
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard Glibc.close(descriptor) == 0, count == bytes.count else {
            return "\(name) not written: \(String(cString: strerror(errno)).lowercased())."
        }
        return nil
    }
}
