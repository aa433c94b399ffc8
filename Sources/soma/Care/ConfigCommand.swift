import ArgumentParser
import Glibc
import SomaCore
import SomaSettings

/// `soma config`: what is set, by what, and whether it can be read.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show and check the configuration.",
        discussion: """
            Examples:
              soma config --origin         each value, and where it comes from
              soma config check            the console's file too: what is wrong, and where
              soma config --help-settings  what each setting means
            """,
        subcommands: [ConfigShowCommand.self, ConfigCheckCommand.self],
        defaultSubcommand: ConfigShowCommand.self
    )
}

/// `soma config show [--origin]`.
struct ConfigShowCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show each setting, and where it comes from.",
        discussion: """
            Options come before SOMA_* variables, before ./soma.yaml, before the files
            of the user and of the system.

            Examples:
              soma config show --origin
              soma config show --set log.level=debug --json
              soma config show --help-settings
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Flag(help: "Show where each value comes from.")
    var origin = false

    @Flag(help: "Explain every setting.")
    var helpSettings = false

    func run() async throws {
        if helpSettings {
            guard global.json else { return Out.write(SettingsHelp.text(), to: STDOUT_FILENO) }
            return Out.json(.object(JSONObject(SettingsSchema.definitions.map { ($0.key, Self.help($0)) })))
        }
        let settings = try global.settings()
        for warning in settings.warnings { Out.note("soma: \(warning)") }
        let found = found(settings)
        guard global.json else {
            return Out.write(settings.table(showsOrigin: origin, found: found), to: STDOUT_FILENO)
        }
        var object = JSONObject()
        for entry in settings.entries {
            let key = entry.definition.key
            let value = entry.value == .absent ? found[key] : "\(entry.value)"
            object[key] = ["value": value.map { .string($0) } ?? .null, "origin": .string("\(entry.origin)")]
        }
        Out.json(.object(object))
    }

    /// What a setting is, as the explaining text has it.
    private static func help(_ definition: SettingDefinition) -> JSON {
        [
            "summary": .string(definition.summary), "expected": .string(definition.kind.expected),
            "default": definition.defaultText.map { .string($0) } ?? .null,
            "option": .string(definition.flagName),
            "variables": JSON([definition.environmentName] + definition.environmentAliases),
        ]
    }

    /// What is worked out where nothing is set.
    private func found(_ settings: Settings) -> [String: String] {
        var found: [String: String] = [:]
        if let folder = try? DataFolder(chosen: settings.dataFolder, environment: Environment.all) {
            found["data_dir"] = folder.path
            found["listen"] = "unix:\(folder.socketPath)"
            found["store"] = "sqlite:\(folder.storePath)"
        }
        found["agents_dir"] = try? ConfigFolders.findAgents(
            settings: settings,
            workingFolder: WorkingFolder.path,
            executable: WorkingFolder.executable
        )
        return found
    }
}
