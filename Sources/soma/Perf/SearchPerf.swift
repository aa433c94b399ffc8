import ArgumentParser
import SomaConsole
import SomaCore

/// `soma perf search`.
struct PerfSearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "How fast a recording is searched with a filter of the console.",
        discussion: """
            Examples:
              soma perf search big.soma.ndjson --filter 'kind:effect.finished ok:false'
              soma perf search big.soma.ndjson --filter '/step-[0-9]+: measure/' --at 500000
            """
    )

    @Argument(help: "A recording.")
    var file: String

    @Option(help: "What is looked for, as typed after / in the view of events.")
    var filter: String

    @Option(help: "After how many transitions to begin.")
    var at = 0

    @Option(help: "How many threads search.")
    var threads = 2

    @Option(help: "How often it is measured; the median counts.")
    var rounds = 5

    func run() throws {
        guard threads > 0, rounds > 0, at >= 0 else {
            throw CommandFailure(.usage, "Give numbers above 0.")
        }
        let wanted: Filter
        do throws(FilterError) {
            wanted = try Filter(filter, fields: TransitionSubject.fields)
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        let recording = try RecordingInput.open(file)
        Out.json(PerfSearch.measure(recording, wanted, from: at, threads: threads, rounds: rounds))
    }
}
