package import SomaSettings
import SomaTelemetry

/// What `somad` was told on its command line.
package struct DaemonOptions: Sendable {
    /// What part of the work this process does.
    package enum Role: String, Sendable, CaseIterable {
        case all, gateway, conversationWorker = "conversation-worker", orchestrator
        case toolExecutor = "tool-executor"

        /// Whether clients ask it.
        var hasGateway: Bool { self == .all || self == .gateway }
    }

    /// What part of the work this process does.
    package var role: Role = .all
    /// The configuration file.
    package var configFile: String?
    /// Settings given as flags.
    package var flags: [SettingsLoader.Flag] = []
    /// Whether TCP on loopback without a token is wanted.
    package var isInsecure = false
    /// Whether to check everything and end.
    package var checksOnly = false
    /// Whether to end by itself when no run is unfinished and nobody is attached.
    package var lingers = false
    /// The process's environment.
    package var environment: [String: String] = [:]
    /// The folder that it was started in.
    package var workingFolder = "/"
    /// The executable's path.
    package var executable = "somad"

    /// Creates options that say nothing.
    package init() {}
}

/// Why the daemon can't start or go on.
package struct DaemonError: Error, Sendable, CustomStringConvertible {
    /// The contract's exit code.
    package let exitCode: Int32
    /// What is wrong and what to do.
    package let description: String

    /// Says on standard error what is wrong. Whoever reads there too slowly isn't waited for for long.
    package func tell() { LogOutput.tell("somad: \(self)\n", within: .milliseconds(200)) }

    /// Creates an error.
    package init(_ description: String, exitCode: Int32 = 1) {
        self.description = description
        self.exitCode = exitCode
    }
}
