import ArgumentParser
import Glibc
import SomaAgents
import SomaCore
import SomaSettings
import SomaTerminal

/// `soma tools`: what agents can do, and one call of a tool by hand.
struct ToolsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tools",
        abstract: "List tools, or call one as an agent would.",
        discussion: """
            Examples:
              soma tools
              soma tools list --role coder
              soma tools run host_memory
            """,
        subcommands: [ToolsListCommand.self, ToolsRunCommand.self],
        defaultSubcommand: ToolsListCommand.self
    )
}

/// `soma tools list [--role R]`.
struct ToolsListCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tools, or those in a role's scope.",
        discussion: "Examples:\n  soma tools\n  soma tools list --role coder --json"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Option(help: "Only tools in this role's scope.")
    var role: String?

    func run() async throws {
        let registry = try LocalRoles.registry()
        var specifications = registry.specifications
        if let role {
            let catalog = try LocalRoles.catalog(global)
            specifications = catalog.tools(of: try LocalRoles.entry(role, in: catalog).role)
        }
        if global.json { return Out.json(.array(specifications.map(\.json))) }
        var table = TextTable(["TOOL", "EFFECT", "DOES"])
        for specification in specifications {
            let tint: OutputStyle.Tint? = specification.effect == .once ? .attention : nil
            table.rows.append([
                (specification.name, nil), (specification.effect.rawValue, tint),
                (specification.summary, nil),
            ])
        }
        for line in table.lines(global.style) { Out.line(line) }
    }
}

/// `soma tools run NAME -- ARGS`.
struct ToolsRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Call one tool as an agent would, without a daemon.",
        discussion: """
            Same checks, same sandbox as an agent's call. Arguments are NAME=VALUE, or
            one JSON object; for shell, the words are joined and given to sh -c. Ends
            with the command's own exit code; 2 for wrong arguments, 5 where policy
            refuses.

            Examples:
              soma tools run search -- pattern='import Foundation'
              soma tools run shell --workspace . --timeout 10 -- 'ls -la; id'
              soma tools run host_memory --json
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "The tool.")
    var name: String

    @Option(help: ArgumentHelp("The folder to work on; this one where none is named.", valueName: "dir"))
    var workspace: String?

    @Option(help: ArgumentHelp("The longest it may take, in seconds.", valueName: "seconds"))
    var timeout: Double?

    @Option(help: ArgumentHelp("A variable for the command.", valueName: "key=value"))
    var env: [KeyValue] = []

    @Argument(parsing: .postTerminator, help: "Arguments, behind --.")
    var arguments: [String] = []

    func run() async throws {
        let settings = try global.settings()
        var call = ToolRun(
            name: name,
            words: arguments,
            workspace: WorkingFolder.absolute(workspace ?? ".")
        )
        call.policy = ToolPolicySettings.policy(settings)
        if let timeout {
            guard timeout > 0 else { throw CommandFailure(.usage, "--timeout must be more than 0.") }
            call.policy.timeout = .seconds(timeout)
        }
        for variable in env { call.policy.environment[variable.key] = variable.value }
        let isJSON = global.json
        // The closure is called from other threads, which know nothing of this task's values.
        let capture = Out.capture
        let result = await call.run(in: try LocalRoles.registry()) { chunk in
            guard !isJSON else { return }
            let descriptor = chunk.stream == .output ? STDOUT_FILENO : STDERR_FILENO
            Out.$capture.withValue(capture) {
                guard isatty(descriptor) == 1 else { return Out.write(chunk.bytes, to: descriptor) }
                let lines = SafeText.lines(SafeText.decode(chunk.bytes))
                Out.write(lines.joined(separator: "\n"), to: descriptor)
            }
        }
        if isJSON {
            var object: JSONObject = [
                "ok": .bool(!result.isError), "output": result.output, "text": .string(result.text),
            ]
            object["exit_status"] = result.exitStatus.map { JSON($0) }
            object["failure"] = result.failure.map { .string($0.rawValue) }
            object["truncated"] = .bool(result.truncated)
            Out.json(.object(object))
        } else if name != "shell" || result.exitStatus == nil {
            if result.isError {
                Out.note("soma: \(SafeText.lines(result.text).joined(separator: "\n"))")
            } else {
                Out.bytes(Array((result.text + "\n").utf8))
            }
        }
        throw ExitCode(ToolRun.exitStatus(of: result))
    }
}
