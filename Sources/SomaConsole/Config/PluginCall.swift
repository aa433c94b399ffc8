package import SomaCore
import SomaTerminal

/// A plugin that is to be run, with everything that it gets to know.
///
/// What agents and tools wrote reaches the command through its environment only and is never a part of the command
/// line; control characters in it are made visible, so that a command that prints it does the terminal no harm.
package struct PluginCall: Sendable, Hashable {
    /// The plugin.
    package var plugin: Plugin
    /// Variables that are added to the console's own.
    package var environment: [String: String]

    package init(_ plugin: Plugin, environment: [String: String]) {
        self.plugin = plugin
        self.environment = environment
    }

    /// The names of all variables that a plugin may get; those that aren't given are unset.
    package static let names = [
        "SOMA_RUN", "SOMA_PARENT", "SOMA_ROLE", "SOMA_STATUS", "SOMA_NODE", "SOMA_GOAL", "SOMA_SEQ",
        "SOMA_QUESTION", "SOMA_VIEW", "SOMA_CONTEXT", "SOMA_SOCKET", "SOMA_DAEMON", "SOMA_READ_ONLY",
    ]

    /// What is kept of a longer value, in bytes: systems refuse to start a program with one of 128 KiB, and making
    /// a character visible can take up to eight bytes.
    package static let bytesMax = 16_384

    /// What a plugin is told.
    /// - Parameters:
    ///   - run: The run that is selected or open.
    ///   - goal: Its goal's words, where they are at hand.
    ///   - view: The view that has the focus.
    ///   - context: The name of the context.
    ///   - daemon: The daemon's address, `unix:PATH` or `http://HOST:PORT`; `nil` in a recording.
    ///   - isReadOnly: Whether the console refuses what changes a run.
    package static func environment(
        run: RunState?,
        goal: String?,
        view: String,
        context: String,
        daemon: String?,
        isReadOnly: Bool
    ) -> [String: String] {
        var values = ["SOMA_VIEW": view, "SOMA_CONTEXT": context]
        if isReadOnly { values["SOMA_READ_ONLY"] = "1" }
        if let daemon {
            values["SOMA_DAEMON"] = daemon
            if daemon.hasPrefix("unix:") { values["SOMA_SOCKET"] = String(daemon.dropFirst(5)) }
        }
        if let run {
            values["SOMA_RUN"] = run.id.rawValue
            values["SOMA_ROLE"] = run.role
            values["SOMA_STATUS"] = run.status.rawValue
            values["SOMA_SEQ"] = "\(run.seq)"
            values["SOMA_PARENT"] = run.parent?.rawValue
            values["SOMA_NODE"] = run.activations.last?.node
            values["SOMA_GOAL"] = goal
            values["SOMA_QUESTION"] = run.openQuestion?.question.map { "\($0)" }
        }
        return values.mapValues(safe)
    }

    /// Whether a run's name can stand on a command line: those that Soma gives can, those in a recording that
    /// somebody made may look like options or paths.
    package static func isSafe(_ run: RunID) -> Bool {
        let name = run.rawValue.utf8
        guard let first = name.first, first != UInt8(ascii: "-"), name.count <= 64 else { return false }
        return name.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }

    /// Without anything that a terminal would obey, lines kept, and no longer than a system takes.
    private static func safe(_ text: String) -> String {
        var cut = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= bytesMax else { break }
            cut.append(scalar)
        }
        return SafeText.lines(String(cut)).joined(separator: "\n")
    }
}
