import ArgumentParser
import CLinux
import Glibc
import SomaCore
import SomaTerminal

/// The command line: `soma` opens the console, `soma COMMAND` does one thing.
struct Soma: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soma",
        abstract: "Watch and steer durable AI agents.",
        discussion: """
            Without a command, soma opens the console on the daemon, which it starts
            where none runs.

            Examples:

              soma run "survey ."          a report on this folder, by two roles
              soma run "check this host"   disk, memory, load, ports and clock
              soma ps                      what is running, and what waits for you
              soma replay --demo           watch a recorded run, move through time

            A run is named by any beginning of its id that no other run has.
            """,
        version: "soma \(SomaVersion.product)",
        subcommands: [ConsoleCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Runs",
                subcommands: [
                    RunCommandLine.self, ChatCommand.self, PsCommand.self, ShowCommand.self, TreeCommand.self,
                    LogCommand.self,
                    WaitCommand.self,
                ]
            ),
            CommandGroup(
                name: "Steering",
                subcommands: [
                    ApproveCommand.self, RejectCommand.self, AnswerCommand.self, SettleCommand.self,
                    PauseCommand.self, ResumeCommand.self, CancelCommand.self, ForkCommand.self,
                    BudgetCommand.self,
                ]
            ),
            CommandGroup(
                name: "Numbers and questions",
                subcommands: [StatsCommand.self, SQLCommand.self, ExportCommand.self]
            ),
            CommandGroup(
                name: "Recordings and screens",
                subcommands: [RecordCommand.self, ReplayCommand.self, ScreenCommand.self]
            ),
            CommandGroup(
                name: "Roles and tools",
                subcommands: [RolesCommand.self, ToolsCommand.self, MemoryCommand.self, GraphCommand.self]
            ),
            CommandGroup(
                name: "Kafka",
                subcommands: [TopicsCommand.self, TailCommand.self, DeadLettersCommand.self]
            ),
            CommandGroup(
                name: "Care",
                subcommands: [
                    DaemonCommand.self, DoctorCommand.self, ConfigCommand.self, InspectCommand.self,
                    CompletionsCommand.self, PerfCommand.self,
                ]
            ),
        ],
        defaultSubcommand: ConsoleCommand.self
    )
}

/// The program's entry: maps every end to the contract's exit codes.
@main
enum Main {
    static func main() async {
        // A reader that goes away is seen by write(2), not by a signal that ends the process.
        signal(SIGPIPE, SIG_IGN)
        StandardStreams.occupy()
        soma_grow_heap_in_megabytes()
        exit(await run(Array(CommandLine.arguments.dropFirst())))
    }

    /// Runs a command line and gives its exit code.
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            try CommandWord.check(arguments)
            // The console's first screen doesn't wait for a parser of every command to be built.
            let command: any ParsableCommand =
                arguments.isEmpty
                ? ConsoleCommand.plain : try Soma.parseAsRoot(ArgumentOrder.commandFirst(arguments))
            guard let paged = command as? any PagedCommand, !paged.isEndless,
                let pager = Pager.forTerminal(paged.global)
            else {
                try await perform(command)
                return 0
            }
            defer { pager.finish() }
            try await Out.$pager.withValue(pager) { try await perform(command) }
            return 0
        } catch let failure as CommandFailure {
            if !failure.message.isEmpty { Out.note(failure.text(.current(noColor: true, descriptor: 2))) }
            return failure.code.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            let isHelp = Soma.exitCode(for: error) == .success
            let style = OutputStyle.current(noColor: true, descriptor: isHelp ? STDOUT_FILENO : STDERR_FILENO)
            let text = HelpText.tidy(
                Soma.fullMessage(for: error, columns: style.columns),
                columns: style.columns
            )
            if isHelp {
                Out.line(text)
                return 0
            }
            Out.note(SafeText.lines(text).joined(separator: "\n"))
            return CommandFailure.Code.usage.rawValue
        }
    }

    private static func perform(_ command: any ParsableCommand) async throws {
        var command = command
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }
}
