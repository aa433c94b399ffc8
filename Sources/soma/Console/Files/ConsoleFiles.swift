import Glibc
import SomaConsole
import SomaSettings
import SomaTerminal
import Synchronization

/// `console.yaml`, the themes and the dashboards: read at the start, and again when one of them is saved.
///
/// What can't be read changes nothing: the last good state stays in use.
final class ConsoleFiles: Sendable {
    /// The console's file: `$XDG_CONFIG_HOME/soma/console.yaml`; `nil` without a home.
    static func path(environment: [String: String]) -> String? {
        ConfigFolders.userFolder(environment: environment).map { $0 + "/console.yaml" }
    }

    private struct State {
        var bytes: [UInt8]?
        var config = ConsoleConfig()
        var themes = ThemeFiles.builtIn
        /// Whether the files of themes were read.
        var hasAllThemes = false
        var keptThemes = KeptFiles<Theme>()
        /// The person's own.
        var dashboards: [Dashboard] = []
        var keptDashboards = KeptFiles<Dashboard>()
        /// Whether something was wrong when the files were read last.
        var isWrong = false
        var watch: FileWatch?
    }

    /// What is read anew, for one reader.
    let news: AsyncStream<SettingsNews>
    private let continuation: AsyncStream<SettingsNews>.Continuation
    private let path: String?
    private let environment: [String: String]
    private let themeFolders: [String]
    private let dashboardFolder: String?
    private let state: Mutex<State>

    /// Reads the file, and the themes where the first screen depends on one.
    /// - Parameters:
    ///   - theme: The theme that is wanted; `nil` reads all. Reading YAML takes as long as drawing the first screen,
    ///     so where a built-in theme is wanted, the person has none and no file, the others wait for `readRest()`.
    ///   - problem: Told each thing that is wrong with a file, which then counts for nothing.
    init(
        environment: [String: String],
        executable: String,
        theme: String? = nil,
        problem: (String) -> Void
    ) {
        path = Self.path(environment: environment)
        self.environment = environment
        themeFolders = ConfigFolders.themes(environment: environment, executable: executable)
        dashboardFolder = DashboardFiles.folder(environment: environment)
        (news, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
        var state = State()
        var problems: [String] = []
        do throws(SettingsError) {
            let bytes = try path.flatMap { path throws(SettingsError) in
                try FileText.readIfPresent(path, bytesMax: ConsoleConfigReader.bytesMax)
            }
            let ownThemes = ConfigFolders.userFolder(environment: environment).map { $0 + "/themes" }
            let canWait =
                bytes == nil && ThemeFiles.isBuiltIn(theme) && ownThemes.map(ThemeFiles.isEmpty) != false
            if !canWait { Self.readThemes(themeFolders, &state) { problems.append($0) } }
            if let path, let bytes {
                state.bytes = bytes
                state.config = try Self.read(
                    bytes,
                    path: path,
                    themes: state.themes,
                    environment: environment
                )
            }
        } catch {
            if !state.hasAllThemes { Self.readThemes(themeFolders, &state) { problems.append($0) } }
            problems += error.description.split(separator: "\n").map(String.init)
        }
        Self.readDashboards(dashboardFolder, &state) { problems.append($0) }
        problems.forEach(problem)
        state.isWrong = !problems.isEmpty
        self.state = Mutex(state)
    }

    /// What the file says.
    var config: ConsoleConfig { state.withLock { $0.config } }

    /// The themes at hand.
    var themes: [Theme] { state.withLock { $0.themes } }

    /// The person's own dashboards.
    var dashboards: [Dashboard] { state.withLock { $0.dashboards } }

    /// Reads again whenever one of the files is saved, until `close()`.
    func watch() {
        let others = themeFolders + [dashboardFolder].compactMap { $0 }
        let folders = { @Sendable [path] in
            [path, path.flatMap(Self.target)].compactMap { $0 }.map(Self.folder) + others
        }
        let watch = FileWatch(folders: folders, suffix: ".yaml") { [weak self] in
            self?.readAgain(asked: false)
        }
        state.withLock { $0.watch = watch }
    }

    /// Reads the themes that the first screen could do without. Blocks on the disk.
    func readRest() {
        state.withLock { state in
            guard !state.hasAllThemes else { return }
            var news = SettingsNews(isRest: true)
            Self.readThemes(themeFolders, &state) { news.problems.append(short($0)) }
            state.isWrong = state.isWrong || !news.problems.isEmpty
            news.themes = state.themes
            continuation.yield(news)
        }
    }

    private static func readThemes(_ folders: [String], _ state: inout State, _ problem: (String) -> Void) {
        state.themes = ThemeFiles.all(in: folders, kept: &state.keptThemes, problem: problem)
        state.hasAllThemes = true
    }

    private static func readDashboards(_ folder: String?, _ state: inout State, _ problem: (String) -> Void) {
        guard let folder else { return }
        state.dashboards = DashboardFiles.all(in: folder, kept: &state.keptDashboards, problem: problem)
    }

    /// Reads everything again and tells what came of it. Blocks on the disk.
    func readAgain(asked: Bool) {
        state.withLock { state in
            var news = SettingsNews(wasAsked: asked)
            let before = (themes: Set(state.themes), dashboards: state.dashboards)
            Self.readThemes(themeFolders, &state) { news.problems.append($0) }
            if Set(state.themes) != before.themes { news.themes = state.themes }
            readConfig(&state, &news)
            Self.readDashboards(dashboardFolder, &state) { news.problems.append($0) }
            if state.dashboards != before.dashboards { news.dashboards = state.dashboards }
            // Who has put right what was wrong should see that it is, also where it is as it was before.
            if state.isWrong, news.isEmpty { news.config = state.config }
            state.isWrong = !news.problems.isEmpty
            news.problems = news.problems.map(short)
            guard asked || !news.isEmpty else { return }
            continuation.yield(news)
        }
    }

    private func readConfig(_ state: inout State, _ news: inout SettingsNews) {
        guard let path else { return }
        do throws(SettingsError) {
            let bytes = try FileText.readIfPresent(path, bytesMax: ConsoleConfigReader.bytesMax)
            guard bytes != state.bytes || news.wasAsked else { return }
            let config = try bytes.map { bytes throws(SettingsError) in
                try Self.read(bytes, path: path, themes: state.themes, environment: environment)
            }
            state.bytes = bytes
            guard (config ?? ConsoleConfig()) != state.config else { return }
            state.config = config ?? ConsoleConfig()
            news.config = state.config
        } catch {
            news.problems += error.description.split(separator: "\n").map(String.init)
        }
    }

    /// A problem in one line of a screen: without the way to the person's own folder, and, where the word that was
    /// meant is known, without the list of all others. That leaves room for what to do about it.
    func short(_ problem: String) -> String {
        let text = path.map { problem.replacing(Self.folder($0) + "/", with: "") } ?? problem
        guard text.contains("; did you mean "), let list = text.firstRange(of: "expected one of "),
            let found = text.firstRange(of: ", found "), list.upperBound <= found.lowerBound
        else { return text }
        return String(text[..<list.lowerBound] + text[found.lowerBound...].dropFirst(2))
    }

    /// Ends the watch and the news.
    func close() {
        state.withLock { state in
            state.watch?.close()
            state.watch = nil
        }
        continuation.finish()
    }

    /// Reads a file as the console does.
    /// - Throws: `SettingsError` with every problem.
    static func read(
        _ bytes: [UInt8],
        path: String,
        themes: [Theme],
        environment: [String: String]
    ) throws(SettingsError) -> ConsoleConfig {
        let reader = ConsoleConfigReader(
            vocabulary: .init(
                themes: themes.map(\.name),
                scopes: KeyMap.scopes,
                commands: CommandTable.names
            ),
            folder: folder(path),
            home: environment["HOME"]
        )
        return try reader.read(bytes, file: path)
    }

    /// What a link leads to: dotfiles are often kept elsewhere.
    private static func target(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    private static func folder(_ path: String) -> String {
        "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }
}
