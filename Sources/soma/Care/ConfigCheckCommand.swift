import ArgumentParser
import Glibc
import SomaConsole
import SomaCore
import SomaSettings
import SomaTerminal

/// `soma config check`: everything that is wrong with files of configuration.
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read all configuration and the console's files, and say what is wrong.",
        discussion: """
            Ends with 2 where something is wrong.

            Examples:
              soma config check
              soma config check --json
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    func run() async throws {
        var problems: [String] = []
        do {
            problems += try global.settings().warnings
        } catch let failure as CommandFailure {
            problems += failure.message.split(separator: "\n").map(String.init)
        }
        let check = ConsoleCheck()
        problems += check.problems
        if global.json {
            Out.json(.array(problems.map { .string($0) }))
        } else if problems.isEmpty {
            Out.line("Nothing is wrong: \(check.summary).")
        } else {
            for problem in problems { Out.line(SafeText.line(problem)) }
        }
        if !problems.isEmpty { throw ExitCode(CommandFailure.Code.usage.rawValue) }
    }
}

/// What is wrong with `console.yaml`, the themes and the dashboards.
struct ConsoleCheck {
    /// Each with its file and line.
    let problems: [String]
    /// What is there, in a few words.
    let summary: String

    init(environment: [String: String] = Environment.all, executable: String = WorkingFolder.executable) {
        var problems: [String] = []
        let files = ConsoleFiles(environment: environment, executable: executable) { problems.append($0) }
        files.close()
        self.problems = problems
        let path = ConsoleFiles.path(environment: environment) ?? ""
        let hasFile = access(path, F_OK) == 0
        let config = files.config
        let parts = [
            (config.keys.count, "keys"), (config.plugins.count, "plugins"), (config.aliases.count, "aliases"),
            (config.contexts.count, "contexts"), (files.themes.count, "themes"),
            (files.dashboards.count, "dashboards"),
        ]
        let counts = parts.filter { $0.0 > 0 }.map {
            "\($0.0) \($0.0 == 1 ? String($0.1.dropLast($0.1 == "aliases" ? 2 : 1)) : $0.1)"
        }
        summary =
            (hasFile ? SafeText.line(path) + ": " : "no console.yaml; ") + counts.joined(separator: ", ")
    }
}
