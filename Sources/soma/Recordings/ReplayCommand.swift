import ArgumentParser
import Glibc
import SomaConsole
import SomaCore
import SomaTerminal

/// `soma replay FILE`: plays a recording.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a recording in the console; piped, print its transitions.",
        discussion: """
            Examples:
              soma replay --demo
              soma replay run.soma.ndjson --speed 10
              gunzip <run.gz | soma replay -
              soma replay run.soma.ndjson --json --speed max | jq .type
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("A recording, - for standard input, or demo.", valueName: "file|-|demo"))
    var file: String?

    @Flag(help: "The recording of a real run that comes with soma.")
    var demo = false

    @Option(help: ArgumentHelp("How many times as fast as it happened, or max.", valueName: "x|max"))
    var speed = "1"

    @Option(help: ArgumentHelp("Where to begin: RFC 3339.", valueName: "time"))
    var from: String?

    func run() async throws {
        guard let name = demo ? "demo" : file else {
            throw CommandFailure(.usage, "Name a recording, - for standard input, or --demo.")
        }
        let pace = try ReplayPace(speed)
        let from = try from.map(TimeArgument.parse)
        let recording = try RecordingInput.open(name)
        guard isatty(STDOUT_FILENO) == 1, !global.json, Environment.all["TERM"] != "dumb" else {
            return try await print(recording, pace, from)
        }
        try await ConsoleCommand.replay(recording, pace: pace, from: from, global: global, name: name)
    }

    /// Prints what happened, at the pace at which it did where that was asked for.
    private func print(_ recording: RecordingReader, _ pace: ReplayPace, _ from: Timestamp?) async throws {
        var cursor = recording.cursor(at: from.map { .time($0) } ?? .start)
        var last: Timestamp?
        let style = global.style
        while let event = cursor.next() {
            guard case .transition(let transition) = event else { continue }
            if let last, let wait = pace.wait(transition.at - last) { try await Task.sleep(for: wait) }
            last = transition.at
            if global.json {
                Out.line(String(decoding: transition.cloudEvent(), as: UTF8.self))
            } else {
                var words: [ContentID: String] = [:]
                for reference in transition.content {
                    words[reference.id] = recording.content(reference.id)?.text
                }
                Out.line(
                    "\(transition.run.short)  "
                        + TransitionText.painted(transition, words: words, style: style, indent: 8)
                )
            }
        }
    }
}

/// How fast a recording is played.
struct ReplayPace {
    /// Times as fast as it happened; `nil` doesn't wait at all.
    let factor: Double?

    init(_ text: String) throws {
        if text == "max" {
            factor = nil
        } else if let value = Double(text.hasSuffix("x") ? String(text.dropLast()) : text),
            (0.1...1000).contains(value)
        {
            factor = value
        } else {
            throw CommandFailure(.usage, "--speed: expected 0.1 to 1000, or max, found \"\(text)\".")
        }
    }

    /// How long to wait for something that happened so much later; long idle times are cut to two seconds.
    func wait(_ gap: Duration) -> Duration? {
        guard let factor, gap > .zero else { return nil }
        return min(gap * (1 / factor), .seconds(2))
    }
}
