import ArgumentParser
import Glibc
import SomaCore

/// Where a measurement of the real daemon keeps its files.
struct PerfFolderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the temporary folder is made; the disk there is measured.",
            valueName: "dir"
        )
    )
    var folder: String?

    @Flag(help: "Leave the folder there afterwards.")
    var keepFolder = false

    /// Makes the folder, and removes it when `body` is over.
    func with<Value>(_ body: (PerfFolder) async throws -> Value) async throws -> Value {
        let made = try PerfFolder(beneath: folder)
        defer { if !keepFolder { made.remove() } }
        let value = try await body(made)
        if keepFolder { Out.note("The files are in \(made.path).") }
        return value
    }
}

/// `soma perf crash`.
struct PerfCrashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crash",
        abstract: "Kill the daemon again and again, and look for anything that was lost or done twice.",
        discussion: """
            Runs of a role of its own append lines to a file with a tool that must not be called twice, while the \
            real daemon is killed with SIGKILL at random moments. Somebody outside remembers what was acknowledged. \
            Ends with 1 where it is not all there, once.

            Example:
              soma perf crash --kills 200 --runs 100 --seed 7
            """
    )

    @Option(help: "How often the daemon is killed.")
    var kills = 200

    @Option(help: "How many runs work all the time.")
    var runs = 100

    @Option(help: "What the moments of the kills are drawn from.")
    var seed: UInt64 = 1

    @OptionGroup var place: PerfFolderOptions

    func run() async throws {
        guard kills > 0, (1...10_000).contains(runs) else {
            throw CommandFailure(.usage, "Give --kills above 0 and --runs from 1 to 10000.")
        }
        let (report, holds) = try await place.with { folder in
            try await CrashPerf(
                kills: kills,
                runs: runs,
                seed: seed,
                folder: folder,
                progress: PerfProgress()
            ).measure()
        }
        Out.json(report)
        if !holds { throw CommandFailure(.failed, "Not everything held: see findings.") }
    }
}

/// `soma perf resume`.
struct PerfResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "How long after a SIGKILL a new daemon has all runs at work again.",
        discussion: "Example:\n  soma perf resume --runs 1000 --rounds 5"
    )

    @Option(help: "How many runs are interrupted.")
    var runs = 1000

    @Option(help: "How often.")
    var rounds = 5

    @OptionGroup var place: PerfFolderOptions

    func run() async throws {
        guard (1...10_000).contains(runs), rounds > 0 else {
            throw CommandFailure(.usage, "Give --runs from 1 to 10000 and --rounds above 0.")
        }
        Out.json(
            try await place.with { folder in
                try await ResumePerf(runs: runs, rounds: rounds, folder: folder, progress: PerfProgress())
                    .measure()
            }
        )
    }
}

/// `soma perf start`.
struct PerfStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "How long soma ps takes as a whole process, and somad from its start until it is ready.",
        discussion: "Example:\n  soma perf start --rounds 50 --starts 20"
    )

    @Option(help: "How often soma ps is measured.")
    var rounds = 50

    @Option(help: "How often somad is started.")
    var starts = 20

    @Option(help: ArgumentHelp("Where temporary folders are made.", valueName: "dir"))
    var folder: String?

    func run() async throws {
        guard rounds > 0, starts > 0 else { throw CommandFailure(.usage, "Give numbers above 0.") }
        let perf = StartPerf(rounds: rounds, starts: starts, parent: folder, progress: PerfProgress())
        Out.json(try await perf.measure())
    }
}
