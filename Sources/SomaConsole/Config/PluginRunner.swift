package import SomaTerminal

/// Starts plugins; what the shell around the console knows of processes.
package protocol PluginRunner: Sendable {
    /// Runs a plugin and tells how it ended; returns at once. One in the foreground gets the screen's terminal.
    func run(
        _ call: PluginCall,
        on screen: any TerminalScreen,
        ended: @escaping @Sendable (PluginOutcome) -> Void
    )
}

/// How a plugin ended.
package struct PluginOutcome: Sendable, Hashable {
    /// What became of it.
    package enum End: Sendable, Hashable {
        /// It ended with this status; 0 means well.
        case exited(Int32)
        /// A signal ended it.
        case signalled(Int32)
        /// It couldn't be started; half a sentence why.
        case notStarted(String)
    }

    /// What became of it.
    package var end: End
    /// The last line that one in the background wrote, as it wrote it.
    package var lastLine: String

    package init(_ end: End, lastLine: String = "") {
        self.end = end
        self.lastLine = lastLine
    }

    /// What the footer says.
    package func notice(of plugin: Plugin) -> Notice {
        let tail = lastLine.isEmpty ? "" : ": \(lastLine)"
        return switch end {
        case .exited(0): Notice("\(plugin.title) done\(tail)", .good)
        case .exited(let status): Notice("\(plugin.title) ended with \(status)\(tail)", .bad)
        case .signalled(let signal): Notice("\(plugin.title) was ended by signal \(signal)\(tail)", .bad)
        case .notStarted(let reason): Notice("\(plugin.title) not started: \(reason)", .bad)
        }
    }
}
