import ArgumentParser
import Glibc
import SomaClient
import SomaConsole
import SomaCore
import SomaTerminal

/// `soma perf`: the product's own measurements.
struct PerfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perf",
        abstract: "Measure Soma on this machine; JSON on standard output.",
        discussion: """
            Examples:
              soma perf engine --store sqlite:/tmp/perf --runs 100
              soma perf generate --out big.soma.ndjson
              soma perf replay big.soma.ndjson
              soma perf search big.soma.ndjson --filter 'kind:effect !ok:true'
            """,
        subcommands: [
            PerfEngineCommand.self, PerfGenerateCommand.self, PerfReplayCommand.self, PerfRenderCommand.self,
            PerfSearchCommand.self, PerfExpositionCommand.self, PerfConsoleCommand.self,
            PerfIngestCommand.self, PerfTracesCommand.self, PerfRelayCommand.self, PerfCrashCommand.self,
            PerfResumeCommand.self, PerfStartCommand.self,
        ]
    )
}

/// `soma perf generate`.
struct PerfGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write a synthetic recording, the same for the same seed.",
        discussion:
            "Example:\n  soma perf generate --transitions 1000000 --runs 1000 --out big.soma.ndjson"
    )

    @Option(help: "How many transitions.")
    var transitions = 1_000_000

    @Option(help: "Of how many runs.")
    var runs = 1000

    @Option(help: "About how many bytes each.")
    var bytes = 400

    @Option(help: "What it is drawn from.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("The recording.", valueName: "file"))
    var out: String

    func run() throws {
        guard transitions > 0, runs > 0, bytes > 0 else {
            throw CommandFailure(.usage, "Give numbers above 0.")
        }
        do {
            try Synthetic(transitions: transitions, runs: runs, bytes: bytes, seed: seed).write(to: out)
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }
}

/// `soma perf replay FILE`.
struct PerfReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "How fast a recording is folded, opened and sought in.",
        discussion: "Example:\n  soma perf replay big.soma.ndjson"
    )

    @Argument(help: "A recording.")
    var file: String

    func run() throws {
        do {
            Out.json(try PerfReplay.measure(file))
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }
}

/// `soma perf render`.
struct PerfRenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "How long a frame of the console takes, and how many bytes it writes.",
        discussion: "Example:\n  soma perf render --size 200x60 --replay big.soma.ndjson"
    )

    @Option(help: ArgumentHelp("The terminal's size.", valueName: "COLSxROWS"))
    var size = "200x60"

    @Option(help: ArgumentHelp("A recording.", valueName: "file"))
    var replay: String

    func run() async throws {
        let size = try SizeArgument.parse(size)
        Out.json(RenderPerf.measure(try RecordingInput.open(replay), size: size).json)
    }
}

/// `soma perf console`.
struct PerfConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "The whole console under a flood of transitions, while keys are pressed.",
        discussion: "Example:\n  soma perf console --runs 10000 --rate 20000 --seconds 10"
    )

    @Option(help: "How many runs there are.")
    var runs = 10_000

    @Option(help: "How many transitions arrive a second.")
    var rate = 20_000

    @Option(help: "For how many seconds.")
    var seconds = 10

    @Option(help: ArgumentHelp("The terminal's size.", valueName: "COLSxROWS"))
    var size = "200x60"

    @Flag(help: "Press no keys: only what arrives is drawn.")
    var noKeys = false

    func run() async throws {
        guard runs > 0, rate > 0, seconds > 0 else {
            throw CommandFailure(.usage, "Give numbers above 0.")
        }
        let perf = await ConsolePerf.measure(
            runs: runs,
            rate: rate,
            for: .seconds(seconds),
            size: try SizeArgument.parse(size),
            types: !noKeys
        ) { ProcessMemory.anonymous }
        Out.json(perf.json)
    }
}

/// `soma perf ingest`.
struct PerfIngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "How fast messages of Kafka, a daemon's stream or scraped metrics are taken in.",
        discussion: """
            Of Kafka and a daemon, the whole console is measured while it reads a topic
            or the log from its beginning and keys are pressed.

            Examples:
              soma perf ingest --source kafka --topic orders --filter refund
              soma perf ingest --source sse
              soma perf ingest --source prometheus --metrics http://127.0.0.1:9100/metrics
            """
    )

    /// What is read.
    enum Source: String, ExpressibleByArgument, CaseIterable { case kafka, sse, prometheus }

    @OptionGroup(title: "Common options") var global: GlobalOptions
    @OptionGroup var kafka: KafkaArguments

    @Option(help: "What is read: kafka, sse (the daemon's stream) or prometheus.")
    var source = Source.kafka

    @Option(help: "A topic.")
    var topic: String?

    @Option(help: ArgumentHelp("Metrics that are scraped, or a file of them.", valueName: "file|url"))
    var metrics: String?

    @Option(help: "For how many seconds metrics are scraped.")
    var seconds = 10

    @Option(help: "Only messages that match, as after / in the console.")
    var filter = ""

    @Option(help: ArgumentHelp("The terminal's size.", valueName: "COLSxROWS"))
    var size = "200x60"

    func run() async throws {
        switch source {
        case .kafka:
            guard let topic else { throw CommandFailure(.usage, "Say which: --topic TOPIC.") }
            try await run(topic)
        case .sse: try await readStream()
        case .prometheus:
            guard let metrics, seconds > 0 else {
                throw CommandFailure(.usage, "Say what: --metrics FILE or URL, and --seconds above 0.")
            }
            Out.json(try await MetricsPerf.measure(metrics, seconds: seconds))
        }
    }

    private func readStream() async throws {
        let daemon = try await Daemon.attach(global)
        let size = try SizeArgument.parse(size)
        let (perf, trouble): (IngestPerf?, String?)
        do throws(ClientError) {
            (perf, trouble) = try await StreamPerf.measure(daemon.client, size: size)
        } catch {
            throw CommandFailure(error)
        }
        guard let perf else { throw CommandFailure(.failed, trouble ?? "The stream can't be read.") }
        Out.json(.object(perf.json))
    }

    private func run(_ topic: String) async throws {
        do throws(FilterError) {
            _ = try TopicFilter(filter)
        } catch {
            throw CommandFailure(.usage, "--filter: \(error)")
        }
        let (perf, trouble) = await KafkaPerf.measure(
            KafkaBrowser(try kafka.options(global)),
            topic: topic,
            filter: filter,
            size: try SizeArgument.parse(size)
        )
        guard let perf else { throw CommandFailure(.failed, trouble ?? "The topic can't be read.") }
        Out.json(perf.json)
    }
}

/// `soma perf traces`.
struct PerfTracesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "traces",
        abstract: "A large trace opened from Jaeger's JSON, and walked through.",
        discussion: "Example:\n  soma perf traces --spans 100000"
    )

    @Option(help: "How many spans the trace has.")
    var spans = 100_000

    @Option(help: ArgumentHelp("The terminal's size.", valueName: "COLSxROWS"))
    var size = "200x60"

    func run() async throws {
        guard (1...5_000_000).contains(spans) else {
            throw CommandFailure(.usage, "Give --spans a number from 1 to 5,000,000.")
        }
        Out.json(TracePerf.measure(spans: spans, size: try SizeArgument.parse(size)).json)
    }
}

/// `120x40`.
enum SizeArgument {
    static func parse(_ text: String) throws -> Size {
        let parts = text.lowercased().split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, (1...1000).contains(parts[0]), (1...1000).contains(parts[1]) else {
            throw CommandFailure(.usage, "\"\(text)\" is no size: give columns and rows, as in 120x40.")
        }
        return Size(columns: parts[0], rows: parts[1])
    }
}
