package import SomaTerminal

/// What a person has set for the console, as its file `console.yaml` says it; a value without places or files.
package struct ConsoleConfig: Sendable, Hashable {
    /// The theme's name; `nil` where the file names none.
    package var theme: String?
    /// Whether to draw ASCII only; `nil` lets the terminal decide.
    package var ascii: Bool?
    /// Whether the console takes the mouse.
    package var mouse = true
    /// Other keys for bindings, in the order written.
    package var keys: [KeyChange] = []
    /// Commands on keys, in the order written.
    package var plugins: [Plugin] = []
    /// Lines that stand for others after `:`, by name.
    package var aliases: [String: String] = [:]
    /// The daemons that the console knows by name, in the order written; never empty.
    package var contexts: [ConsoleContext] = [.local]
    /// The context to begin with.
    package var context = ConsoleContext.local.name
    /// How a person is told that a question waits.
    package var notify = NotifySettings()

    /// What holds where there is no file.
    package init() {}

    /// The context of that name.
    package func context(named name: String) -> ConsoleContext? { contexts.first { $0.name == name } }
}

/// Other keys for a binding.
package struct KeyChange: Sendable, Hashable {
    /// The binding, as the table of keys names it: `fleet.open`.
    package var binding: String
    /// Its keys from now on; none at all takes it off the keyboard.
    package var keys: [Key]

    package init(_ binding: String, keys: [Key]) {
        self.binding = binding
        self.keys = keys
    }
}

/// A command on a key.
package struct Plugin: Sendable, Hashable {
    /// Its name in the file; unique.
    package var name: String
    /// The key.
    package var key: Key
    /// A word or two for help and the footer.
    package var title: String
    /// The views in which the key has effect; empty means all.
    package var views: [String]
    /// What `sh -c` is given, as written.
    package var command: String
    /// Whether it runs beside the console, which then tells its result, rather than in its place.
    package var isBackground: Bool
    /// Whether the console asks before it runs.
    package var asks: Bool
    /// Whether it has effect only where a run is selected or open.
    package var needsRun: Bool
    /// Whether it promises to change nothing, and so may run in a read-only console.
    package var isReadOnly: Bool
    /// Whether its last words stay in sight until enter is pressed; never so in the background.
    package var waits: Bool

    package init(
        _ name: String,
        key: Key,
        title: String? = nil,
        views: [String] = [],
        command: String,
        isBackground: Bool = false,
        asks: Bool = false,
        needsRun: Bool = true,
        isReadOnly: Bool = false,
        waits: Bool = true
    ) {
        self.name = name
        self.key = key
        self.title = title ?? name
        self.views = views
        self.command = command
        self.isBackground = isBackground
        self.asks = asks
        self.needsRun = needsRun
        self.isReadOnly = isReadOnly
        self.waits = waits && !isBackground
    }

    /// Whether the key has effect in a view.
    package func isFor(view: String) -> Bool { views.isEmpty || views.contains(view) }
}

/// A daemon under a name.
package struct ConsoleContext: Sendable, Hashable {
    /// How the daemon is found.
    package enum Place: Sendable, Hashable {
        /// As without a context: by settings and options.
        case standard
        /// The daemon of a data folder, absolute.
        case dataFolder(String)
        /// The daemon at an address: `unix:PATH` or `http://HOST:PORT`.
        case address(String)
    }

    /// The name, as `--context` and `:ctx` take it.
    package var name: String
    /// How the daemon is found.
    package var place: Place
    /// Whether everything that changes a run is refused there.
    package var isReadOnly: Bool
    /// What the header calls it; the name where nothing else is said.
    package var label: String
    /// The label's colour in the header.
    package var color: Color?

    package init(
        _ name: String,
        place: Place = .standard,
        isReadOnly: Bool = false,
        label: String? = nil,
        color: Color? = nil
    ) {
        self.name = name
        self.place = place
        self.isReadOnly = isReadOnly
        self.label = label ?? name
        self.color = color
    }

    /// The daemon that commands use, which is there without any file.
    package static let local = ConsoleContext("local")
}
