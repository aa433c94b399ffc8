import ArgumentParser
import Glibc
import SomaSettings

/// Options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Flag(name: .long, help: "Write JSON: one document, or a line each for streams.")
    var json = false

    @Flag(name: .long, help: "Use no colours, as NO_COLOR does.")
    var noColor = false

    @Option(name: .long, help: ArgumentHelp("The folder with the daemon's data.", valueName: "dir"))
    var dataDir: String?

    @Option(name: .long, help: ArgumentHelp("A configuration file.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Any setting, for this call; may be repeated.", valueName: "key=value")
    )
    var assignments: [String] = []

    @Option(name: .long, help: ArgumentHelp("A daemon: unix:PATH or http://HOST:PORT.", valueName: "address"))
    var daemon: String?

    /// What parsing nothing gives.
    static var plain: GlobalOptions {
        var options = GlobalOptions()
        options.json = false
        options.noColor = false
        options.dataDir = nil
        options.config = nil
        options.assignments = []
        options.daemon = nil
        return options
    }

    /// How standard output looks. It reads the settings: ask once.
    var style: OutputStyle { style(of: STDOUT_FILENO) }

    /// How a descriptor's output looks.
    func style(of descriptor: Int32) -> OutputStyle {
        // Settings that can't be read are said by whatever needs them, and are no reason to be silent here.
        let choice = (try? settings())?.color ?? .auto
        return .current(noColor: noColor, choice: choice, descriptor: descriptor)
    }

    /// The settings, with the flags on top.
    /// - Parameter named: Settings that a command has an option of its own for; a mistake is said by that option's name.
    func settings(_ named: [SettingsLoader.Flag] = []) throws -> Settings {
        var flags: [SettingsLoader.Flag] = []
        for assignment in assignments {
            guard let flag = SettingsLoader.Flag(assignment: assignment) else {
                throw CommandFailure(.usage, "--set: expected KEY=VALUE, found \"\(assignment)\".")
            }
            flags.append(flag)
        }
        if let dataDir { flags.append(.init(key: "data_dir", name: "--data-dir", values: [dataDir])) }
        flags += named
        let loader = SettingsLoader(
            environment: Environment.all,
            workingFolder: WorkingFolder.path,
            configFile: config
        )
        do {
            return try loader.load(flags: flags)
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }
}

/// A run, and the seq of a question or transition of it: `7f3a91/57`.
struct RunPlace: ExpressibleByArgument {
    let run: String
    let seq: Int?

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard let run = parts.first, !run.isEmpty, parts.count <= 2 else { return nil }
        self.run = String(run)
        guard parts.count == 2 else {
            seq = nil
            return
        }
        guard let seq = Int(parts[1]), seq > 0 else { return nil }
        self.seq = seq
    }
}

/// `KEY=VALUE`.
struct KeyValue: ExpressibleByArgument {
    let key: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        key = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}
