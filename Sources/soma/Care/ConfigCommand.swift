import ArgumentParser
import SomaCore
import SomaSettings

/// `soma config show`: what is set, and by what.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show the configuration.",
        subcommands: [ConfigShowCommand.self],
        defaultSubcommand: ConfigShowCommand.self
    )
}

/// `soma config show [--origin]`.
struct ConfigShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show each setting, and where it comes from.",
        discussion: """
            Flags come before SOMA_* variables, before ./soma.yaml, before the user's and the system's files.

            Examples:
              soma config show --origin
              soma config show --help-settings
            """
    )

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Show where each value comes from.")
    var origin = false

    @Flag(help: "Explain every setting.")
    var helpSettings = false

    func run() async throws {
        if helpSettings { return Out.line(SettingsHelp.text()) }
        let settings = try global.settings()
        for warning in settings.warnings { Out.note("soma: \(warning)") }
        guard global.json else {
            return Out.write(settings.table(showsOrigin: origin), to: 1)
        }
        var object = JSONObject()
        for definition in SettingsSchema.definitions {
            let entry = settings.entry(definition.key)
            object[definition.key] = [
                "value": .string("\(entry.value)"), "origin": .string("\(entry.origin)"),
            ]
        }
        Out.json(.object(object))
    }
}
