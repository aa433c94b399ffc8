import ArgumentParser
import Glibc
import SomaCore
import SomaTerminal

/// `soma run "GOAL"`: starts a run and shows how it goes.
struct RunCommandLine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start a run and follow it to its end.",
        discussion: """
            The outcome goes to standard output, progress to standard error: a live
            line on a terminal, a line a transition where it is piped. Ctrl-C leaves
            the run at work; the daemon goes on with it.

            Examples:
              soma run "survey ."
              soma run "check this host" --json
              soma run "survey ." --workspace ~/src/app --budget-steps 400
              soma run "check the deploy" --runbook deploy.yaml --param service=web
              soma run - <goal.txt
              run=$(soma run "survey ." --detach)
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: "What is to be reached; - reads it from standard input.")
    var goal: String

    @Option(help: "The role; the goal decides where none is named.")
    var role: String?

    @Option(help: ArgumentHelp("A runbook: its name, or a file.", valueName: "name|file"))
    var runbook: String?

    @Option(
        name: .customLong("param"),
        help: ArgumentHelp("A parameter of the runbook.", valueName: "key=value")
    )
    var parameters: [KeyValue] = []

    @Option(help: ArgumentHelp("The folder to work on; this one where none is named.", valueName: "dir"))
    var workspace: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The most it may cost.", valueName: "usd"))
    var budgetUsd: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The most nodes it may enter.", valueName: "n"))
    var budgetSteps: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("The most tokens it may use.", valueName: "n"))
    var budgetTokens: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("How long it may work: 10m, 2h.", valueName: "time"))
    var budgetTime: String?

    @Flag(name: [.short, .long], help: "Print the run's id and leave it at work.")
    var detach = false

    func run() async throws {
        let limits = try LimitArguments.limits(
            prefix: "--budget-",
            usd: budgetUsd,
            steps: budgetSteps,
            tokens: budgetTokens,
            time: budgetTime
        )
        let goal = try goal == "-" ? GoalText.read() : goal
        let daemon = try await Daemon.attach(global, spawning: true)
        let request = StartRunDocument(
            goal: goal,
            role: role,
            runbook: runbook.map {
                $0.contains("/") || $0.hasSuffix(".yaml") ? WorkingFolder.absolute($0) : $0
            },
            parameters: parameters.isEmpty ? nil : RunParameters.json(parameters),
            workspace: WorkingFolder.absolute(workspace ?? "."),
            limits: limits == Limits() ? nil : limits
        )
        let receipt = try await daemon.start(request)
        if detach {
            return global.json ? Out.json(try JSON(encoding: receipt)) : Out.line(receipt.run.rawValue)
        }
        let run = receipt.run
        let progress = RunProgress(daemon: daemon, global: global)
        let interruption = Interruption {
            progress.line.clear()
            return
                "soma: \(run.short) goes on without you.\n  soma wait \(run.short)   or   soma cancel \(run.short)"
        }
        defer { interruption.end() }
        try finish(try await progress.follow(run))
    }

    private func finish(_ run: RunDocument) throws {
        if global.json {
            Out.json(try JSON(encoding: run))
        } else if let outcome = run.outcome, run.status == .completed {
            Out.bytes(Array((outcome.hasSuffix("\n") ? outcome : outcome + "\n").utf8))
        }
        let style = global.style(of: STDERR_FILENO)
        if style.isTerminal, !global.json, run.status == .completed {
            Out.note(RunReport.ending(run, style: style))
        }
        switch run.status {
        case .completed: return
        case .failed, .cancelled:
            let reason = run.endingWords
            throw CommandFailure(
                .failed,
                "\(run.id.short) \(run.status.rawValue): \(SafeText.line(reason))",
                hint: "soma log \(run.id.short)   shows what happened"
            )
        default: throw RunOutcome.waiting(run)
        }
    }
}

/// A goal from standard input.
enum GoalText {
    static func read() throws -> String {
        var text = SafeText.decode(try InputFile.bytes("-"))
        while text.last?.isNewline == true { text.removeLast() }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw CommandFailure(
                .usage,
                "Standard input holds no goal.",
                hint: "Say what is to be reached: soma run \"survey .\""
            )
        }
        return text
    }
}

/// Parameters as the person gave them.
enum RunParameters {
    /// Numbers and booleans become such; the runbook's own types decide in the end.
    static func json(_ parameters: [KeyValue]) -> JSONObject {
        var object = JSONObject()
        for parameter in parameters {
            let parsed = try? JSON.parse(parameter.value)
            switch parsed {
            case .int, .double, .bool: object[parameter.key] = parsed
            default: object[parameter.key] = .string(parameter.value)
            }
        }
        return object
    }
}
