import ArgumentParser
import Glibc

/// `soma perf engine`.
struct PerfEngineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "Durable transitions a second, beside a raw loop of inserts on the same disk.",
        discussion: """
            With --pairs it is measured beside itself without telemetry instead.

            Examples:
              soma perf engine --store sqlite:/tmp/perf --runs 100 --cycles 50
              soma perf engine --telemetry all --otlp http://127.0.0.1:4318 --pairs 20
            """
    )

    @Option(
        help: ArgumentHelp(
            "Where: sqlite:FOLDER, or postgres://…, beside whose database others are made. All is removed afterwards.",
            valueName: "store"
        )
    )
    var store = "sqlite:."

    @Option(help: "How many runs at once.")
    var runs = 100

    @Option(help: "How many visits to the node each run makes; each is two transitions.")
    var cycles = 50

    @Option(help: "Bytes of fresh content that each transition brings.")
    var stateBytes = 1024

    @Option(help: "How often each side is measured.")
    var rounds = 5

    @Flag(help: "Without the raw loop.")
    var alone = false

    @Option(help: "What of somad's telemetry is at work: none, metrics, traces or all.")
    var telemetry = PerfTelemetry.Kind.none

    @Option(help: ArgumentHelp("Collector that takes the traces (OTLP/HTTP).", valueName: "url"))
    var otlp: String?

    @Option(help: "Share of the traces that is exported, 0 to 1.")
    var sample = 1.0

    @Option(help: "How many pairs with and without telemetry, in turn, instead of the raw loop.")
    var pairs = 0

    func run() async throws {
        guard let place = PerfPlace(store), runs > 0, cycles > 0, stateBytes >= 0, rounds > 0, pairs >= 0
        else {
            throw CommandFailure(.usage, "Give --store sqlite:FOLDER or postgres://… and numbers above 0.")
        }
        let telemetry = try await attached()
        if case .sqlite(let folder) = place { mkdir(folder, 0o700) }
        let perf = EnginePerf(
            place: place,
            runs: runs,
            cycles: cycles,
            stateBytes: stateBytes,
            rounds: rounds,
            isAlone: alone,
            telemetry: telemetry
        )
        let isTerminal = isatty(STDERR_FILENO) == 1
        let progress = { (text: String) in
            if isTerminal { Out.write("\r\u{1B}[K\(text)", to: STDERR_FILENO) }
        }
        if pairs > 0 {
            Out.json(try await TelemetryPerf(engine: perf, pairs: pairs).measure(progress: progress))
        } else {
            Out.json(try await perf.measure(progress: progress))
        }
        progress("")
    }

    /// The telemetry that was asked for, with a collector that answers; `nil` for none.
    private func attached() async throws -> PerfTelemetry? {
        guard telemetry != .none else {
            guard pairs == 0, otlp == nil else {
                throw CommandFailure(.usage, "Say what is at work: --telemetry metrics, traces or all.")
            }
            return nil
        }
        guard (0...1).contains(sample) else {
            throw CommandFailure(.usage, "Give --sample a share from 0 to 1.")
        }
        let collector = telemetry.hasTraces ? otlp : nil
        guard collector != nil || !telemetry.hasTraces else {
            throw CommandFailure(
                .usage,
                "Spans that nobody takes cost too little: give --otlp URL, a collector."
            )
        }
        return try await PerfTelemetry(telemetry, collector: collector, sample: sample)
    }
}
