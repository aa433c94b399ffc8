import ArgumentParser
import SomaCore
import SomaMetrics

/// `soma perf exposition`.
struct PerfExpositionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exposition",
        abstract: "How fast a scraped text is read.",
        discussion: "Example:\n  soma perf exposition metrics.txt --as prometheus"
    )

    @Argument(help: "A file of metrics in text.")
    var file: String

    @Option(name: .customLong("as"), help: "What to read it as: prometheus or openmetrics.")
    var format = "prometheus"

    @Option(help: "How often it is measured.")
    var rounds = 50

    func run() throws {
        guard rounds > 0, let format = Exposition.Format(rawValue: format) else {
            throw CommandFailure(.usage, "Give --rounds above 0 and --as prometheus or openmetrics.")
        }
        let bytes = try InputFile.bytes(file, bytesMax: MetricsTarget.bodyBytes)
        do {
            Out.json(try PerfExposition.measure(bytes, format, rounds: rounds))
        } catch let error as MetricsError {
            throw CommandFailure(.usage, "\(file): \(error)")
        }
    }
}

/// The measurement behind `soma perf exposition`.
enum PerfExposition {
    static func measure(_ bytes: [UInt8], _ format: Exposition.Format, rounds: Int) throws -> JSON {
        let clock = ContinuousClock()
        var times: [Double] = []
        var samples = 0
        for _ in 0..<rounds {
            let time = try clock.measure { samples = try Exposition.parse(bytes, as: format).count }
            times.append(time / .milliseconds(1))
        }
        times.sort()
        return [
            "samples": JSON(samples), "bytes": JSON(bytes.count), "rounds": JSON(rounds),
            "best_ms": .double(times[0]), "median_ms": .double(times[times.count / 2]),
        ]
    }
}
