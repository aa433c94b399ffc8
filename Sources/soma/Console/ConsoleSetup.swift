import Glibc
import SomaConsole
import SomaSettings
import SomaTerminal

/// What is read before the console can be shown: its file, themes, and what was left.
final class ConsoleSetup {
    private let look: ConsoleOptions
    private let global: GlobalOptions
    private let files: ConsoleFiles
    private let themes: [Theme]
    private let opening: Opening?
    private let environment: [String: String]
    private var problems: [String]

    /// - Throws: `CommandFailure` for an option that names nothing. A file that is wrong is told on the screen, and
    ///   counts for nothing until it is right.
    init(_ look: ConsoleOptions, global: GlobalOptions) throws {
        self.look = look
        self.global = global
        var environment = Environment.all
        if global.noColor { environment["NO_COLOR"] = "1" }
        self.environment = environment
        opening = try look.opening()
        var problems: [String] = []
        files = ConsoleFiles(
            environment: environment,
            executable: WorkingFolder.executable,
            theme: try ThemeFiles.wanted(look.theme, global: global)
        ) { problems.append($0) }
        self.problems = problems
        do {
            themes = try ThemeFiles.choose(
                look.theme,
                of: files.themes,
                console: files.config.theme,
                global: global
            )
        } catch {
            // A theme that isn't there may be one that can't be read.
            for problem in problems { Out.note("soma: \(problem)") }
            throw error
        }
    }

    /// The context to begin with.
    /// - Throws: `CommandFailure` where there is none of that name, or another option names a daemon, too.
    func context(named name: String?) throws -> ConsoleContext {
        let config = files.config
        if let name {
            guard global.daemon == nil, global.dataDir == nil else {
                throw CommandFailure(
                    .usage,
                    "--context names a daemon, and so does --daemon or --data-dir: one is enough."
                )
            }
            guard let context = config.context(named: name) else {
                let names = config.contexts.map(\.name)
                let near = NearestName.find(name, in: names).map { " Did you mean \($0)?" } ?? ""
                throw CommandFailure(
                    .usage,
                    (["There is no context \"\(SafeText.line(name))\".\(near)"] + problems).joined(
                        separator: "\n  "
                    ),
                    hint: "Contexts: \(names.joined(separator: ", "))"
                )
            }
            return context
        }
        // Who names a daemon by an option means that one.
        guard global.daemon == nil, global.dataDir == nil else { return .local }
        return config.context(named: config.context) ?? .local
    }

    /// Takes over the terminal.
    func screen(input: Int32) throws(TerminalError) -> NcursesScreen {
        try NcursesScreen(
            environment: environment,
            ascii: look.ascii || files.config.ascii == true,
            mouse: files.config.mouse,
            input: input,
            output: STDOUT_FILENO
        )
    }

    /// What the console is given.
    func options(place: String) -> ConsoleProgram.Options {
        var options = ConsoleProgram.Options(place: place, themes: themes, clock: LocalClock.face)
        options.config = files.config
        options.opens = opening
        options.filter = look.filter
        options.dashboards = files.dashboards
        return options
    }

    /// What was left in earlier times; `nil` without a place for it.
    func desks() -> DeskStore? {
        guard let folder = DataFolder.standard(environment: environment) else { return nil }
        return DeskStore(path: folder + "/console.json") { problems.append($0) }
    }

    /// What the person should know before anything else.
    var notice: Notice? {
        guard let first = problems.first else { return nil }
        let more = problems.count == 1 ? "" : " (and \(problems.count - 1) more: soma config check)"
        return Notice(files.short(first) + more, .bad)
    }

    /// What there is around the console.
    func surroundings(
        desks: DeskStore?,
        terminal: Int32,
        reach: @escaping @Sendable (ConsoleContext) async throws -> ReachedDaemon
    ) -> ConsoleSurroundings {
        ConsoleSurroundings(
            files: files,
            desks: desks,
            terminal: terminal,
            environment: environment,
            reach: reach
        )
    }
}
