import ArgumentParser
import Glibc
import SomaCore
import SomaDaemon
import SomaSettings

/// The daemon's command line.
@main
struct Somad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "somad",
        abstract: "Run agents durably: the engine and its gateway.",
        discussion:
            "SIGTERM ends it within 10 s, leaving every run where the next start takes it up. SIGHUP reloads roles and log level.",
        version: "somad \(SomaVersion.product)"
    )

    @Option(
        help: ArgumentHelp(
            "What this process does: all, or one of gateway, conversation-worker, orchestrator, tool-executor.",
            valueName: "role"
        )
    )
    var role = "all"

    @Option(help: ArgumentHelp("A configuration file.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The folder with its data.", valueName: "dir"))
    var dataDir: String?

    @Option(
        help: ArgumentHelp("Where to listen: unix:PATH or HOST:PORT; may be repeated.", valueName: "address")
    )
    var listen: [String] = []

    @Option(help: ArgumentHelp("Where the log is: sqlite:PATH or postgres://…", valueName: "store"))
    var store: String?

    @Option(
        help: ArgumentHelp("Kafka brokers that transitions are sent to: HOST:PORT,…", valueName: "brokers")
    )
    var kafka: String?

    @Option(help: ArgumentHelp("A loopback port for /metrics alone.", valueName: "host:port"))
    var metrics: String?

    @Option(help: ArgumentHelp("A collector that traces are sent to (OTLP/HTTP).", valueName: "url"))
    var otlp: String?

    @Option(help: ArgumentHelp("Roles and runbooks.", valueName: "dir"))
    var agentsDir: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String?

    @Option(help: ArgumentHelp("human or json.", valueName: "format"))
    var logFormat: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Any setting of soma config show --help-settings; may be repeated.",
            valueName: "key=value"
        )
    )
    var assignments: [String] = []

    @Flag(help: "Allow TCP on loopback without a token: everybody on this machine can then use it.")
    var insecure = false

    @Flag(help: "Check configuration, roles, store and addresses, and end.")
    var check = false

    @Flag(help: "End by itself a minute after the last run has ended and the last client has gone.")
    var linger = false

    func run() async throws {
        let daemon: Daemon
        do throws(DaemonError) { daemon = try Daemon(try options()) } catch {
            error.tell()
            throw ExitCode(error.exitCode)
        }
        var code: Int32 = 0
        do throws(DaemonError) { try await daemon.run() } catch {
            error.tell()
            code = error.exitCode
        }
        // What goes on still uses what exit would tear down.
        if daemon.isCutShort { _exit(code) }
        guard code == 0 else { throw ExitCode(code) }
        if check { print("Everything is in order.") }
    }

    private func options() throws(DaemonError) -> DaemonOptions {
        guard let role = DaemonOptions.Role(rawValue: role) else {
            let all = DaemonOptions.Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw DaemonError("--role: expected one of \(all), found \"\(role)\".", exitCode: 2)
        }
        var options = DaemonOptions()
        options.role = role
        options.configFile = config
        for assignment in assignments {
            guard let flag = SettingsLoader.Flag(assignment: assignment) else {
                throw DaemonError("--set: expected KEY=VALUE, found \"\(assignment)\".", exitCode: 2)
            }
            options.flags.append(flag)
        }
        let single = [
            ("data_dir", "--data-dir", dataDir), ("store", "--store", store),
            ("kafka.brokers", "--kafka", kafka),
            ("metrics", "--metrics", metrics), ("tracing.endpoint", "--otlp", otlp),
            ("agents_dir", "--agents-dir", agentsDir),
            ("log.level", "--log-level", logLevel), ("log.format", "--log-format", logFormat),
        ]
        options.flags += single.compactMap { key, name, value in
            value.map { .init(key: key, name: name, values: [$0]) }
        }
        if !listen.isEmpty {
            options.flags.append(.init(key: "listen", name: "--listen", values: listen))
        }
        options.isInsecure = insecure
        options.checksOnly = check
        options.lingers = linger
        options.environment = ProcessContext.environment
        options.workingFolder = ProcessContext.workingFolder
        options.executable = ProcessContext.executable
        return options
    }
}
