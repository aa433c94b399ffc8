package import SomaTerminal

/// What there is around the console besides its terminal: files, processes, and more daemons than one.
package protocol ConsoleHost: PluginRunner {
    /// What was read anew, for one reader; ends after `close()`.
    var settings: AsyncStream<SettingsNews> { get }
    /// Reads the settings again; what comes of it arrives as news, even where nothing has changed.
    func reload()
    /// Reaches the daemon of a context.
    /// - Throws: An error whose description says what to do.
    func attach(_ context: ConsoleContext) async throws -> ReachedDaemon
    /// What is remembered of a context.
    func recall(_ context: String) -> Desk?
    /// Keeps what is to be remembered; returns at once.
    func remember(_ desk: Desk, of context: String, history: [String])
    /// Writes a new file; returns at once, and tells what went wrong, or nothing.
    func write(_ text: String, to path: String, replaces: Bool, ended: @escaping @Sendable (String?) -> Void)
    /// Keeps a copied text where the terminal has no clipboard; returns at once, and tells where it is.
    func keep(_ text: String, ended: @escaping @Sendable (CopyOutcome) -> Void)
    /// Lets go of everything, after what is to be remembered is kept.
    func close()
}

/// A daemon that was reached.
package struct ReachedDaemon: Sendable {
    /// Where news comes from.
    package var source: any ConsoleSource
    /// The daemon's address, as `--daemon` takes it.
    package var address: String

    package init(source: any ConsoleSource, address: String) {
        self.source = source
        self.address = address
    }
}

/// What was read anew, or why it wasn't taken.
package struct SettingsNews: Sendable {
    /// The configuration, where it could be read and has changed.
    package var config: ConsoleConfig?
    /// The themes at hand, where one has changed.
    package var themes: [Theme]?
    /// The person's own dashboards, all of them, where one has changed.
    package var dashboards: [Dashboard]?
    /// What is wrong, each with its file and line; what was there before stays.
    package var problems: [String]
    /// Whether the person asked for it.
    package var wasAsked: Bool
    /// Whether it is what the first screen could do without, not a change.
    package var isRest: Bool

    package init(
        config: ConsoleConfig? = nil,
        themes: [Theme]? = nil,
        dashboards: [Dashboard]? = nil,
        problems: [String] = [],
        wasAsked: Bool = false,
        isRest: Bool = false
    ) {
        self.config = config
        self.themes = themes
        self.dashboards = dashboards
        self.problems = problems
        self.wasAsked = wasAsked
        self.isRest = isRest
    }

    /// Whether nothing has changed and nothing is wrong.
    package var isEmpty: Bool { config == nil && themes == nil && dashboards == nil && problems.isEmpty }
}

extension AppState {
    /// Takes in settings that were read anew.
    mutating func update(settings news: SettingsNews) -> [AppEffect] {
        if let themes = news.themes { self.themes = themes.map(\.name) }
        if let dashboards = news.dashboards { take(dashboards: dashboards) }
        let before = config
        if let config = news.config {
            habits.adopt(config)
            if let name = config.theme, name != before.theme, themes.contains(name) { theme = name }
        }
        if let first = news.problems.first {
            let others = news.problems.count - 1
            let more = others == 0 ? "" : " (and \(others) more: soma config check)"
            notice = Notice("\(first)\(more); what was set before stays", .bad)
        } else if let config = news.config, config.ascii != before.ascii || config.mouse != before.mouse {
            notice = Notice("The settings were read; ascii and mouse count from the next start on.", .good)
        } else if news.config != nil {
            notice = Notice("The settings were read.", .good)
        } else if news.themes != nil, !news.isRest {
            notice = Notice("The themes were read.", .good)
        } else if news.dashboards != nil {
            notice = Notice("The dashboards were read.", .good)
        } else if news.wasAsked {
            notice = Notice("Nothing has changed in the settings.")
        }
        return []
    }
}
